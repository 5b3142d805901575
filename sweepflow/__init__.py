"""Hyperparameter tuning as a Prefect flow.

The public names are imported when they are first used: scikit-learn and Prefect take seconds, and
`sweepflow --help` needs neither.
"""

from sweepflow.importing.safe_path import leave_working_directory

leave_working_directory()
# isort: split
from typing import TYPE_CHECKING  # noqa: E402

from sweepflow.importing.lazy_names import lazy_names  # noqa: E402

if TYPE_CHECKING:  # for type checkers, the same names as below
    from sweepflow import plot as plot
    from sweepflow.archive.sweep import Sweep as Sweep
    from sweepflow.archive.sweep import load as load
    from sweepflow.flows.promote import promote as promote
    from sweepflow.flows.score import score as score
    from sweepflow.flows.tune import tune as tune
    from sweepflow.gating import GateDecision as GateDecision
    from sweepflow.gating import fold_gate as fold_gate
    from sweepflow.gating import gate as gate
    from sweepflow.labelled import LabelledModel as LabelledModel
    from sweepflow.labelled import with_labels as with_labels
    from sweepflow.metric_lines import log_metric as log_metric
    from sweepflow.metric_lines import log_metrics as log_metrics
    from sweepflow.metrics.own import metric as metric
    from sweepflow.models.model_file import load_model as load_model
    from sweepflow.models.registry import Registry as Registry
    from sweepflow.training import Report as Report
    from sweepflow.training import TrainingData as TrainingData
    from sweepflow.training import trainer as trainer

_MODULES = {
    "GateDecision": "sweepflow.gating",
    "LabelledModel": "sweepflow.labelled",
    "Registry": "sweepflow.models.registry",
    "Report": "sweepflow.training",
    "Sweep": "sweepflow.archive.sweep",
    "TrainingData": "sweepflow.training",
    "fold_gate": "sweepflow.gating",
    "gate": "sweepflow.gating",
    "load": "sweepflow.archive.sweep",
    "load_model": "sweepflow.models.model_file",
    "log_metric": "sweepflow.metric_lines",
    "log_metrics": "sweepflow.metric_lines",
    "metric": "sweepflow.metrics.own",
    "plot": "sweepflow",
    "promote": "sweepflow.flows.promote",
    "score": "sweepflow.flows.score",
    "trainer": "sweepflow.training",
    "tune": "sweepflow.flows.tune",
    "with_labels": "sweepflow.labelled",
}
"""Where each public name comes from."""

__all__ = list(_MODULES)

__getattr__ = lazy_names("sweepflow", _MODULES)
