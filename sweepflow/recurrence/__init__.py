"""Whether new data is worth a sweep: what the last sweep covered, and a probe of its champion."""

from sweepflow.recurrence.champion import Champion, find_champion
from sweepflow.recurrence.probe import Probe, probe
from sweepflow.recurrence.probe_rows import ProbeError
from sweepflow.recurrence.record import ProbeRecord, as_json, passed_before, write_record
from sweepflow.recurrence.verdict import Findings, Rival, Verdict, verdict

__all__ = [
    "Champion",
    "Findings",
    "Probe",
    "ProbeError",
    "ProbeRecord",
    "Rival",
    "Verdict",
    "action",
    "as_json",
    "find_champion",
    "passed_before",
    "precedent",
    "probe",
    "verdict",
    "write_record",
]
