"""The gate: whether a challenger is better than the champion by more than chance."""

from sweepflow.gating.bootstrap import gate
from sweepflow.gating.decision import GateDecision, GateError
from sweepflow.gating.fall import Fall, fall
from sweepflow.gating.folds import fold_gate
from sweepflow.gating.models import gate_models

__all__ = ["Fall", "GateDecision", "GateError", "fall", "fold_gate", "gate", "gate_models", "models"]
