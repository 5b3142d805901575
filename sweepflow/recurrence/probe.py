"""Measures what a champion, and the best past configurations trained again, are worth on new data."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from numpy.typing import NDArray

from sweepflow.archive.folder import SweepFolder
from sweepflow.data.prepared import PreparedData
from sweepflow.errors import SweepflowError, in_one_line
from sweepflow.gating import fall, gate
from sweepflow.gating.fall import Scored
from sweepflow.gating.models import classes_of, encoded, predictions
from sweepflow.models.model_file import load_model
from sweepflow.recurrence.champion import Champion
from sweepflow.recurrence.retraining import Retrained, best_configurations, retrain
from sweepflow.recurrence.rows import ProbeError, Rows, new_rows, old_rows
from sweepflow.recurrence.verdict import Findings, Rival, Verdict, verdict
from sweepflow.spec.on_unchanged_data import ProbeChanged
from sweepflow.spec.spec import Spec
from sweepflow.trials.rows import RankedRow


class Probe(NamedTuple):
    """What was measured (None if that was not possible), and what follows."""

    findings: Findings | None
    verdict: Verdict


def probe(
    spec: Spec,
    data: PreparedData,
    champion: Champion,
    rows: Sequence[RankedRow],
    *,
    home: Path,
    cores: int,
) -> Probe:
    """Compare the champion with itself on its old test rows, and with its rivals on the new ones.

    `rows` are the ranked trials of the earlier sweep. A champion that cannot be judged calls for a sweep.
    ProbeError if the spec asks for no probe.
    """
    terms = spec.on_unchanged_data
    if not isinstance(terms, ProbeChanged):
        raise ProbeError("the spec asks for no probe: on_unchanged_data must be of type probe")
    try:
        findings = _ProbedChampion(spec, terms, data, champion, home).findings(rows, cores)
    except SweepflowError as error:
        reason = f"{champion.label} could not be judged on the new data: {error}"
        return Probe(None, Verdict(True, reason))
    return Probe(findings, verdict(findings))


class _ProbedChampion:
    """The champion, with the rows that it was tested on and the new ones."""

    def __init__(
        self, spec: Spec, asked: ProbeChanged, data: PreparedData, champion: Champion, home: Path
    ) -> None:
        self._spec = spec
        self._asked = asked
        self._data = data
        self._metric = spec.objective.primary_metric
        self._home = home
        self._champion = champion
        folder = SweepFolder(home, champion.sweep_id).path
        self._old, self._new = old_rows(folder), new_rows(data, folder)

    def findings(self, rows: Sequence[RankedRow], cores: int) -> Findings:
        asked, best = self._asked, best_configurations(rows)
        old, new = self._champion_on(self._old), self._champion_on(self._new)
        seed, bar = self._spec.validation.seed, {"confidence": asked.confidence}
        fallen = fall(old, new, metric=self._metric, tolerance=asked.min_improvement, seed=seed, **bar)
        with TemporaryDirectory(prefix=".probe-", dir=self._home) as folder:
            again = retrain(self._spec, self._data, best, Path(folder), cores)
            # All together may pass by chance as often as the gate lets one.
            confidence = 1 - (1 - asked.confidence) / max(1, len(again))
            rivals = tuple(self._rival(each, new, confidence) for each in again)
        return Findings(
            champion=self._champion.label,
            metric=self._metric,
            tolerance=asked.min_improvement,
            confidence=asked.confidence,
            n_rows=len(self._new),
            fall=fallen,
            rivals=rivals,
        )

    def _champion_on(self, rows: Rows) -> Scored:
        model = load_model(self._champion.model_path, trusted_modules=self._spec.trial.own_modules)
        return Scored(encoded(rows.target, rows.data), self._predicted(model, rows), classes_of(rows.data))

    def _rival(self, again: Retrained, champion: Scored, confidence: float) -> Rival:
        if again.error is not None:
            return Rival(again.number, again.parameters, error=again.error)
        try:
            model = load_model(again.model, trusted_modules=self._spec.trial.own_modules)
            decision = gate(
                champion.truth,
                champion.predicted,
                self._predicted(model, self._new),
                metric=self._metric,
                min_improvement=self._asked.min_improvement,
                confidence=confidence,
                seed=self._spec.validation.seed,
                labels=champion.labels,
            )
        except SweepflowError as error:
            return Rival(again.number, again.parameters, error=str(error))
        return Rival(again.number, again.parameters, decision)

    def _predicted(self, model: Any, rows: Rows) -> NDArray[Any]:
        try:
            return predictions(model, rows.features, rows.data, metric=self._metric)
        except SweepflowError:
            raise
        except Exception as error:  # a model may raise anything, of columns that are gone for example
            reason = in_one_line(error)
            raise ProbeError(f"it cannot predict these rows: {reason}") from error
