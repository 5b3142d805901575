"""XGBoost, LightGBM and CatBoost as estimators of a trial."""

from sweepflow.training.boosters.booster import Booster
from sweepflow.training.boosters.finding import booster_class
from sweepflow.training.boosters.watch import Answers, Rows, Watch

__all__ = ["Answers", "Booster", "Rows", "Watch", "booster_class"]
