"""The probe: whether new data is worth a sweep."""

from sweepflow.probing.champion import Champion, find_champion
from sweepflow.probing.probe import Probe, probe
from sweepflow.probing.record import ProbeRecord, as_json, passed_before, write_record
from sweepflow.probing.rows import ProbeError
from sweepflow.probing.verdict import Findings, Rival, Verdict, verdict

__all__ = [
    "Champion",
    "Findings",
    "Probe",
    "ProbeError",
    "ProbeRecord",
    "Rival",
    "Verdict",
    "as_json",
    "find_champion",
    "passed_before",
    "probe",
    "verdict",
    "write_record",
]
