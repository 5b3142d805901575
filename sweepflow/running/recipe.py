"""How a model can be built again: its parameters as fitted, its columns, and what it does to them."""

import re
from collections.abc import Iterator
from typing import Any

from sklearn.pipeline import Pipeline

from sweepflow.base.markdown import code_block, plain
from sweepflow.data.prepared import PreparedData
from sweepflow.reading.missing_words import MISSING_WORDS
from sweepflow.training.rounds import rounds_line

_LONGEST = 10_000
_WORDS_OF_PANDAS = re.compile(r"\[" + r",\s+".join(re.escape(repr(word)) for word in MISSING_WORDS) + r"\]")


def recipe(model: Any, data: PreparedData, dropped: tuple[str, ...] = ()) -> str:
    """The recipe as Markdown; empty for a model that is no pipeline of ours.

    `dropped` are the columns that the spec leaves out. A growing estimator has the number of rounds that it
    was fitted for.
    """
    if not isinstance(model, Pipeline) or "preprocess" not in model.named_steps:
        return ""
    steps = [_written(step) for name, step in model.steps if name != "preprocess"]
    rounds = rounds_line(model)
    lines = [f"- {rounds}"] if rounds else []
    lines += [*_columns(model.named_steps["preprocess"]), *_left_out(data, dropped)]
    return "\n\n".join(["## To build it again", code_block("\n".join(steps), "python"), "\n".join(lines)])


def _columns(preprocess: Any) -> Iterator[str]:
    """What happens to the columns of each kind."""
    for kind, transformer, columns in preprocess.transformers_:
        if kind == "remainder":
            continue
        parts = (
            [each for _, each in transformer.steps] if isinstance(transformer, Pipeline) else [transformer]
        )
        how = ", then ".join(_written(each) for each in parts if each not in ("passthrough", None))
        names = ", ".join(map(str, columns))
        yield f"- {kind} columns ({plain(names)}): {plain(how or 'as they are')}"


def _left_out(data: PreparedData, dropped: tuple[str, ...]) -> Iterator[str]:
    if dropped:
        yield f"- dropped: {plain(', '.join(dropped))}"
    learned = {*data.numeric, *data.boolean, *data.categorical, *data.date}
    for role, columns in data.roles.model_dump().items():
        names = [columns] if isinstance(columns, str) else list(columns or ())
        is_feature = bool(names) and learned.issuperset(names)
        if names:
            what = f"a feature and the {role}" if is_feature else f"no feature, but the {role}"
            yield f"- {what}: {plain(', '.join(names))}"


def _written(step: Any) -> str:
    """The step as in Python, with the parameters that differ from its defaults."""
    try:
        written = str(step.__repr__(N_CHAR_MAX=_LONGEST))
    except TypeError:  # it is no estimator of scikit-learn's kind
        return repr(step)
    return _WORDS_OF_PANDAS.sub("those of pandas", written)
