"""The probe: how good a champion, and the best past configurations trained again, are on new data."""

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
from sweepflow.recurrence.probe_rows import ProbeError, Rows, new_rows, old_rows
from sweepflow.recurrence.retraining import Retrained, best_configurations, retrain
from sweepflow.recurrence.verdict import Findings, Rival, Verdict, verdict
from sweepflow.spec.on_unchanged_data import ProbeChanged
from sweepflow.spec.spec import Spec
from sweepflow.trials.rows import RankedRow


class Probe(NamedTuple):
    """The findings (None if they could not be measured), and the verdict."""

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
    setting = spec.on_unchanged_data
    if not isinstance(setting, ProbeChanged):
        raise ProbeError("the spec asks for no probe: on_unchanged_data must be of type probe")
    try:
        findings = _ProbedChampion(spec, setting, data, champion, home).findings(rows, cores)
    except SweepflowError as error:
        reason = f"{champion.label} could not be judged on the new data: {error}"
        return Probe(None, Verdict(True, reason))
    return Probe(findings, verdict(findings))


class _ProbedChampion:
    """The champion, with the rows that it was tested on and the new ones."""

    def __init__(
        self, spec: Spec, setting: ProbeChanged, data: PreparedData, champion: Champion, home: Path
    ) -> None:
        self._spec = spec
        self._setting = setting
        self._data = data
        self._metric = spec.objective.primary_metric
        self._home = home
        self._champion = champion
        folder = SweepFolder(home, champion.sweep_id).path
        self._old, self._new = old_rows(folder), new_rows(data, folder)
        if (old := self._old.data.targets) != data.targets and len(old) + len(data.targets) > 2:
            raise ProbeError(f"it predicts {', '.join(old)}, and the new data {', '.join(data.targets)}")

    def findings(self, rows: Sequence[RankedRow], cores: int) -> Findings:
        setting, best = self._setting, best_configurations(rows)
        old, new = self._score_champion(self._old), self._score_champion(self._new)
        fallen = fall(
            old,
            new,
            metric=self._metric,
            goal=self._spec.objective.goal,
            tolerance=setting.min_improvement,
            confidence=setting.confidence,
            seed=self._spec.validation.seed,
        )
        with TemporaryDirectory(prefix=".probe-", dir=self._home) as folder:
            retrained = retrain(self._spec, self._data, best, Path(folder), cores)
            # So that all rivals together pass by chance no more often than one would pass the gate.
            confidence = 1 - (1 - setting.confidence) / max(1, len(retrained))
            rivals = tuple(self._rival(rival, new, confidence) for rival in retrained)
        return Findings(
            champion=self._champion.label,
            metric=self._metric,
            tolerance=setting.min_improvement,
            confidence=setting.confidence,
            n_rows=len(self._new),
            fall=fallen,
            rivals=rivals,
        )

    def _score_champion(self, rows: Rows) -> Scored:
        model = load_model(self._champion.model_path, trusted_modules=self._spec.trial.own_modules)
        truth, predicted = encoded(rows.target, rows.data), self._predict(model, rows)
        return Scored(truth, predicted, classes_of(rows.data), rows.roles)

    def _rival(self, retrained: Retrained, champion: Scored, confidence: float) -> Rival:
        if retrained.error is not None:
            return Rival(retrained.number, retrained.parameters, error=retrained.error)
        try:
            model = load_model(retrained.model, trusted_modules=self._spec.trial.own_modules)
            decision = gate(
                champion.truth,
                champion.predicted,
                self._predict(model, self._new),
                metric=self._metric,
                goal=self._spec.objective.goal,
                min_improvement=self._setting.min_improvement,
                confidence=confidence,
                seed=self._spec.validation.seed,
                labels=champion.labels,
                **champion.roles._asdict(),
            )
        except SweepflowError as error:
            return Rival(retrained.number, retrained.parameters, error=str(error))
        return Rival(retrained.number, retrained.parameters, decision)

    def _predict(self, model: Any, rows: Rows) -> NDArray[Any]:
        try:
            return predictions(model, rows.features, rows.data, metric=self._metric)
        except SweepflowError:
            raise
        except Exception as error:  # a model may raise anything, of columns that are gone for example
            reason = in_one_line(error)
            raise ProbeError(f"it cannot predict these rows: {reason}") from error
