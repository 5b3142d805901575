"""From raw columns to numbers: the preprocessing in front of every estimator."""

from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sweepflow.data.prepared import FeatureColumns, PreparedData
from sweepflow.reading.arrow_types import KINDS
from sweepflow.training.category_numbers import CategoryCounts, TargetMeans
from sweepflow.training.dates import DateFeatures, TimeFeatures
from sweepflow.training.encoding import MOST_CATEGORIES, encoder, text_columns, with_many
from sweepflow.training.named_columns import NamedColumns
from sweepflow.training.native_columns import CategoryColumns, NativeColumns
from sweepflow.training.plain import PlainBooleans, PlainNumbers, PlainText
from sweepflow.training.plain_columns import are_plain_numbers, are_plainly_written
from sweepflow.training.preprocess import GENERAL, Encoding, Numbers, Preprocess
from sweepflow.training.weighted import WeightedImputer, WeightedScaler
from sweepflow.trials.parameters import Parameters

_NUMBERS = ("numeric", "boolean", "date", "time")

_ENCODINGS: tuple[Encoding, ...] = ("one_hot", "ordinal", "native", "target", "counts")


_OF_EVERY_KIND = FeatureColumns(
    **dict.fromkeys(("numeric", "boolean", "date", "time"), ("x",)),
    categorical=("x", "y"),
    n_categories={"y": MOST_CATEGORIES + 1},
    date_formats={},
)


def preprocessor(columns: FeatureColumns, how: Preprocess = GENERAL) -> ColumnTransformer:
    """An unfitted transformer of these columns; other columns of a table are ignored.

    What `how` leaves out is one-hot and scaled. Numbers go through scikit-learn's own steps alone, so that
    the model can be loaded without Sweepflow, unless rows have weights, or a table read by pandas has
    something else (`number_formats`, or `missing_words` of its own) or column names that are no text.
    """
    weighs = isinstance(columns, PreparedData) and columns.roles.weight is not None
    words, formats = list(columns.missing_words), columns.number_formats
    plain_numbers = PlainNumbers({name: dict(each) for name, each in formats.items()}, words)
    are_cyclic = how.dates != "numbers"
    firsts = {
        "boolean": ("plain", PlainBooleans(words)),
        "date": (
            "parts",
            DateFeatures(dict(columns.date_formats), words, dict(columns.time_zones), are_cyclic),
        ),
        "time": ("parts", TimeFeatures(words)),
        **({} if are_plainly_written(columns) else {"numeric": ("plain", plain_numbers)}),
    }
    pipelines = {
        kind: Pipeline([*_step(firsts.get(kind)), *_of_numbers(how.numbers, weighs=weighs)])
        for kind in _NUMBERS
    }
    encodings = {"categorical": how.categories, "many": how.many_categories}
    texts = text_columns(columns, how.categories, how.many_categories)
    pipelines |= {
        kind: Pipeline(_of_text(columns, encodings[kind], how.numbers, weighs=weighs)) for kind in texts
    }
    names_by_kind = {kind: getattr(columns, kind) for kind in KINDS} | {"categorical": ()} | texts
    present = [(kind, pipelines[kind], list(names)) for kind, names in names_by_kind.items() if names]
    is_scikit_learns = are_plain_numbers(columns)
    if "native" in [encodings[kind] for kind in texts]:
        return NativeColumns(present).set_output(transform="pandas")
    if how.numbers == "native" and not texts and not is_scikit_learns:
        return NativeColumns(present)
    most_dense = 1 if "sparse" in [encodings[kind] for kind in texts] else 0
    return (ColumnTransformer if is_scikit_learns else NamedColumns)(present, sparse_threshold=most_dense)


def _of_numbers(numbers: Numbers | None, *, weighs: bool) -> list[tuple[str, Any]]:
    """The unfitted steps that make of numbers what the estimator gets, float64 or float32."""
    if numbers == "native":
        only_floats = (WeightedScaler if weighs else StandardScaler)(with_mean=False, with_std=False)
        return [("impute", "passthrough"), ("scale", only_floats)]
    imputer = (WeightedImputer if weighs else SimpleImputer)(strategy="median", keep_empty_features=True)
    return [("impute", imputer), _scaling(numbers, weighs=weighs)]


def _scaling(numbers: Numbers | None, *, weighs: bool) -> tuple[str, Any]:
    if numbers in ("native", "imputed"):
        return "scale", "passthrough"
    return "scale", WeightedScaler() if weighs else StandardScaler()


def _of_text(
    columns: FeatureColumns, encoding: Encoding | None, numbers: Numbers | None, *, weighs: bool
) -> list[tuple[str, Any]]:
    """The unfitted steps of the categorical columns."""
    reading = list(columns.read_words), list(columns.missing_words), dict(columns.words_for_missing)
    if encoding == "native":
        return [("encode", CategoryColumns(*reading))]
    if encoding in ("target", "counts"):
        has_classes = isinstance(columns, PreparedData) and columns.is_classification
        means = TargetMeans(*reading, has_classes) if encoding == "target" else CategoryCounts(*reading)
        scaling = ("scale", "passthrough") if numbers is None else _scaling(numbers, weighs=weighs)
        return [("encode", means), scaling]
    filler = SimpleImputer(strategy="constant", fill_value="missing", keep_empty_features=True)
    return [("plain", PlainText(*reading)), ("impute", filler), ("encode", encoder(encoding or "one_hot"))]


def _step(step: tuple[str, Any] | None) -> list[tuple[str, Any]]:
    return [step] if step else []


def every_step(columns: FeatureColumns = _OF_EVERY_KIND) -> list[dict[str, Any]]:
    """The steps and their parameters, by name, of each preprocessing that these columns may have."""
    manys = _ENCODINGS if with_many(columns) else (None,)
    hows = [Preprocess(categories=each, many_categories=many) for each in _ENCODINGS for many in manys]
    return [preprocessor(columns, how).get_params() for how in hows]


def unfitted(data: PreparedData, parameters: Parameters, how: Preprocess = GENERAL) -> ColumnTransformer:
    """The unfitted preprocessing of this data, with these parameters."""
    return preprocessor(data, how).set_params(**parameters)
