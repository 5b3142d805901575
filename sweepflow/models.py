"""Model files that run no code when they are loaded.

skops is imported where it is used: it imports all of scikit-learn, which takes a second.
"""

import os
from pathlib import Path
from typing import Any

from sweepflow.errors import SweepflowError
from sweepflow.files import private_folder, replacing
from sweepflow.settings import estimator_packages

_KERNELS = (
    *("CompoundKernel", "ConstantKernel", "DotProduct", "ExpSineSquared", "Exponentiation", "Matern"),
    *("PairwiseKernel", "Product", "RBF", "RationalQuadratic", "Sum", "WhiteKernel"),
)
_DISTANCES = (
    *("BrayCurtis", "Canberra", "Chebyshev", "Dice", "Euclidean", "Hamming", "Jaccard", "Manhattan"),
    *("Minkowski", "RogersTanimoto", "RussellRao", "SokalMichener", "SokalSneath"),
)
_TRUSTED = frozenset(
    {
        # What skops 0.16 asks about in pipelines of scikit-learn's own estimators, beyond what it trusts.
        "numpy.dtype",
        "sklearn._loss.link.HalfLogitLink",
        "sklearn._loss.link.IdentityLink",
        "sklearn._loss.link.Interval",
        "sklearn._loss.link.LogitLink",
        "sklearn._loss.link.LogLink",
        "sklearn._loss.link.MultinomialLogit",
        "sklearn._loss.loss.AbsoluteError",
        "sklearn._loss.loss.HalfBinomialLoss",
        "sklearn._loss.loss.HalfGammaLoss",
        "sklearn._loss.loss.HalfMultinomialLoss",
        "sklearn._loss.loss.HalfPoissonLoss",
        "sklearn._loss.loss.HalfSquaredError",
        "sklearn._loss.loss.HalfTweedieLoss",
        "sklearn._loss.loss.HalfTweedieLossIdentity",
        "sklearn._loss.loss.PinballLoss",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.calibration._TemperatureScaling",
        "sklearn.compose._column_transformer.make_column_selector",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
        "sklearn.neighbors._ball_tree.BallTree",
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.tree._tree.Tree",
        "sweepflow.training.dates.DateFeatures",
        "sweepflow.training.dates.TimeFeatures",
        "sweepflow.training.plain.PlainBooleans",
        "sweepflow.training.plain.PlainNumbers",
        "sweepflow.training.plain.PlainText",
    }
    | {f"sklearn.gaussian_process.kernels.{name}" for name in _KERNELS}
    | {f"sklearn.metrics._dist_metrics.{name}Distance{bits}" for name in _DISTANCES for bits in (32, 64)}
)


class ModelError(SweepflowError):
    """A model cannot be written, or its file must not be loaded."""


def save_model(model: Any, path: Path) -> None:
    """Write a model by skops, under a temporary name first; ModelError if skops cannot write it."""
    import skops.io

    private_folder(path.parent)
    try:
        with replacing(path) as partial:
            skops.io.dump(model, partial)
    except OSError:
        raise
    except Exception as error:
        kind = f"{type(model).__module__}.{type(model).__qualname__}"
        raise ModelError(f"the model, a {kind}, cannot be saved: {type(error).__name__}: {error}") from error


def load_model(path: str | os.PathLike[str], *, trusted_modules: tuple[str, ...] = ()) -> Any:
    """The model in a `model.skops` file.

    Only types on a short list, of the allowed estimator packages and of `trusted_modules` (and what lies
    below them) are loaded; ModelError names any other one.
    """
    import skops.io

    try:
        found = skops.io.get_untrusted_types(file=path)
    except FileNotFoundError as error:
        raise ModelError(f"there is no model file '{path}'") from error
    except Exception as error:
        raise ModelError(f"'{path}' is not a skops model file: {type(error).__name__}: {error}") from error
    roots = (*estimator_packages()[1:], *trusted_modules)
    refused = [name for name in found if name not in _TRUSTED and not _is_below(name, roots)]
    if refused:
        raise ModelError(f"'{path}' holds types that are not trusted: {', '.join(sorted(refused))}")
    try:
        return skops.io.load(path, trusted=found)
    except Exception as error:
        raise ModelError(f"'{path}' cannot be loaded: {type(error).__name__}: {error}") from error


def _is_below(name: str, roots: tuple[str, ...]) -> bool:
    return any(name.startswith(f"{root}.") for root in roots)
