"""A first spec as YAML with a comment for every block, for people who have never seen a spec."""

from collections.abc import Mapping

from sweepflow.base.printable import printable
from sweepflow.starter.choice import LEAST_IN_CLASS, LEAST_ROWS_FOLDED, MOST_ROWS_FOLDED, FirstSpec, by_reason
from sweepflow.starter.compared import compared
from sweepflow.starter.comparison import Comparison
from sweepflow.starter.facts import TableFacts
from sweepflow.starter.families import Family, Plan, Task, families, plan
from sweepflow.starter.preprocess_field import preprocess_field
from sweepflow.starter.scalars import flow, quoted, scalar

_METRICS = {
    "roc_auc": "area under the ROC curve: 0.5 is guessing, 1 is perfect",
    "accuracy": "share of rows whose class is told rightly",
    "balanced_accuracy": "accuracy in each class, averaged: here one class is much larger than the others",
    "r2": "coefficient of determination: 0 is guessing the mean, 1 is perfect",
}


def spec_text(
    name: str, path: str, facts: TableFacts, choice: FirstSpec, comparison: Comparison | None = None
) -> str:
    """The spec of a sweep called `name` over the table at `path`, ready for `sweepflow run`.

    It tunes the best family of the comparison, or the first one if there is none.
    """
    task = task_of(facts, choice)
    planned = plan((comparison and comparison.best) or families(task)[0], task)
    blocks = (
        _head(name, facts, choice, planned),
        _data(path, facts, choice),
        _validation(facts, choice),
        _trial(facts, choice, planned, comparison),
        _search_space(planned),
        _SAMPLING,
        _objective(choice),
        *_early_termination(choice, planned),
        _limits(facts),
    )
    return "\n\n".join(blocks) + "\n"


def task_of(facts: TableFacts, choice: FirstSpec) -> Task:
    """What the estimators are to do."""
    is_uneven = choice.metric == "balanced_accuracy"
    counts = list(facts.counts.values()) if choice.is_classification else []
    is_large = min([facts.n_rows, *counts]) >= LEAST_ROWS_FOLDED and facts.n_rows > MOST_ROWS_FOLDED
    has_many_rows = is_large and choice.folds is None
    n_columns = len(facts.features) - len(choice.drop)
    return Task(choice.is_classification, len(counts), facts.n_rows, is_uneven, n_columns, has_many_rows)


def _head(name: str, facts: TableFacts, choice: FirstSpec, planned: Plan) -> str:
    n, target = len(facts.counts), printable(facts.target.name)
    what = f"the {n} classes in" if choice.is_classification else "the numbers in"
    return f"""\
# Tunes {planned.family.name} to predict {what} column {target}.
# Check it, change what you like, and run it:
#   sweepflow run SPEC.yml --dry-run    shows what would be tried
#   sweepflow run SPEC.yml              runs the sweep
display_name: {scalar(name)}"""


def _data(path: str, facts: TableFacts, choice: FirstSpec) -> str:
    lines = [
        "# The table, the column to predict, and columns that are of no use. All others are learned from.",
        "data:",
        f"  path: {scalar(path)} # relative to this file",
        f"  target: {scalar(facts.target.name)}" + _missing(facts),
    ]
    if facts.columns:
        lines.append("  # The file has no header: rename a column here, and wherever else it stands.")
        lines.append(f"  columns: [{', '.join(map(scalar, facts.columns))}]")
    if choice.positive_label is not None:
        share = f"{facts.counts[choice.positive_label]} of {facts.n_rows} rows"
        lines.append(f"  positive_label: {scalar(choice.positive_label)} # the class to find: {share}")
    lines += _roles(choice)
    if choice.drop:
        lines += _dropped(choice.drop)
    if choice.dates:
        lines.append(
            "  dates: # columns of text that are dates; they become elapsed days, month, weekday and so on"
        )
        lines += _commented(choice.dates)
    if choice.numbers:
        lines.append("  numbers: # columns of text that are numbers; cells that are none count as missing")
        lines += _commented(choice.numbers)
    if choice.categories:
        lines.append("  categories: # columns that look like numbers but hold codes")
        lines += _commented(choice.categories)
    if choice.nulls:
        lines.append(f"  nulls: [{', '.join(map(quoted, choice.nulls))}] # words that count as missing")
    lines += [
        f"  {field}: {scalar(sign)} # {_sign_note(field, sign)}" for field, sign in choice.signs.items()
    ]
    return "\n".join(lines)


def _roles(choice: FirstSpec) -> list[str]:
    """The lines of the columns that say what belongs together, or when a row was."""
    lines = []
    if (time := choice.time) is not None:
        names = ", ".join(map(scalar, time.names))
        names = names if len(time.names) == 1 else f"[{names}]"
        lines += [
            "  # Later rows rank and test what was learned from earlier ones, because the target changes",
            f"  # slowly in time (correlation from one time to the next: {time.correlation:.2f}).",
            f"  time: {names} # without it rows are drawn at random",
        ]
    elif choice.dates:
        name = scalar(next(iter(choice.dates)))
        lines.append(f"  # time: {name} # for a model of later rows: these then rank and test it")
    if (group := choice.group) is not None:
        shared = f", and {' and '.join(map(printable, group.shared[:2]))} the same" if group.shared else ""
        lines.append(f"  # Rows of one {printable(group.name)} have the target alike{shared}.")
        proposal = "  # group: {} # if the model is for others than these"
        line = "  group: {} # never split; without it rows of one train the model and test it"
        lines.append((proposal if choice.time else line).format(scalar(group.name)))
    return lines


def _dropped(drop: Mapping[str, str]) -> list[str]:
    """The columns to leave out, a line each; or a line for all that are left out for the same reason."""
    groups = by_reason(drop)
    if all(len(names) == 1 for names, _ in groups):
        note = "columns to leave out; take a line away to learn from its column"
        return [f"  drop: # {note}", *_commented(drop)]
    rows = [
        f"    {', '.join(map(scalar, names))}, # {printable(reason)}"
        + (f" ({len(names)} columns)" if len(names) > 1 else "")
        for names, reason in groups
    ]
    return ["  drop: [ # columns to leave out; take a name away to learn from its column", *rows, "  ]"]


def _sign_note(field: str, sign: str) -> str:
    if field == "decimal":
        return "the decimal sign"
    less = "1.234" if sign == "," else "less"
    return f"1{sign}234 is more than a thousand; where it is {less}, say decimal instead"


def _missing(facts: TableFacts) -> str:
    return f" # left out: {facts.n_left_out} row(s) without it" if facts.n_left_out else ""


def _commented(items: Mapping[str, str]) -> list[str]:
    return [
        f"    - {scalar(name)}" + (f" # {printable(note)}" if note else "") for name, note in items.items()
    ]


def _validation(facts: TableFacts, choice: FirstSpec) -> str:
    if choice.folds:
        lines = [
            "# Rows held back: the test rows judge the best model. The others make the folds: each trial",
            "# learns from all before one of them and is scored on that one, for each in turn."
            if choice.time
            else "# learns from all but one of them and is scored on that one, for each in turn.",
            "validation:",
            f"  folds: {choice.folds} # null compares on validation rows, a share of validation_size",
            "  test_size: 0.2",
        ]
    else:
        lines = [
            "# Rows held back: the validation rows compare the trials, the test rows judge the best model.",
            "# folds: 5 cross-validates instead, in five times the time; take trial.iterations away then.",
            "validation:",
            "  validation_size: 0.2",
            "  test_size: 0.2",
        ]
    if choice.time is None:
        lines.append("  seed: 0 # another number splits in another way")
    if choice.is_classification and not choice.stratify and choice.time is None:
        lines += [f"  stratify: false # {_why_not_stratified(facts, choice)}"]
    return "\n".join(lines)


def _why_not_stratified(facts: TableFacts, choice: FirstSpec) -> str:
    if not choice.rare:
        return (
            f"{facts.n_rows} rows are too few for each part to have its share of {len(facts.counts)} classes"
        )
    shown = ", ".join(printable(str(label)) for label in choice.rare[:5])
    more = f" and {len(choice.rare) - 5} more" if len(choice.rare) > 5 else ""
    return f"fewer than {LEAST_IN_CLASS} rows, too few for every part: class {shown}{more}"


def _trial(facts: TableFacts, choice: FirstSpec, planned: Plan, comparison: Comparison | None) -> str:
    kind = "classifier" if choice.is_classification else "regressor"
    lines = [f"# What each trial trains: any {kind} of scikit-learn, with the parameters that stay fixed."]
    if comparison and comparison.tried:
        lines += compared(choice.metric, comparison)
    if planned.iterations:
        lines += [
            "# It reports after every 50 rounds. It ends after 1000, or where ten more bring nothing on a",
            "# tenth of its rows, and the best of its reports counts.",
        ]
    if planned.family.members:
        lines += _blended(planned)
    if planned.steps:
        lines += ["# A step before it may make curves of straight lines, by splines; null is none."]
    lines += ["trial:", f"  estimator: {planned.family.estimator}"]
    lines += [f"  steps: {planned.steps}"] if planned.steps else []
    lines += _parameters(planned.family)
    how = preprocess_field(planned.family, facts, is_classification=choice.is_classification)
    lines += [f"  preprocess: {how}"]
    lines += [f"  iterations: {planned.iterations}"] if planned.iterations else []
    return "\n".join(lines)


def _blended(planned: Plan) -> list[str]:
    """What a trial of several estimators does, how good its value above is, and whose a parameter is."""
    name = planned.space[0][0]
    part, _, own = name.partition("__")
    return [
        "# Each trial trains all parts; their weighted mean predicts. The weights were chosen on the same",
        f"# rows, so the blend's value is a little too good. {name} below is {own} of {part}.",
    ]


def _parameters(family: Family) -> list[str]:
    """The fixed parameters: in one line, or those of a blend in a line for each of its parts."""
    if not family.members:
        return [f"  parameters: {flow(family.parameters)}"] if family.parameters else []
    lines = ["  parameters:"]
    for name, value in family.parameters.items():
        parts = value if name == "estimators" else []
        lines += [f"    {name}:" if parts else f"    {name}: {flow(value)}"]
        lines += [f"      - {part}: {flow(what)}" for each in parts for part, what in each.items()]
    return lines


def _search_space(planned: Plan) -> str:
    lines = [
        "# What each trial draws. choice: one of the values; uniform: between two numbers; loguniform:",
        "# between two numbers too, but small values are tried as often as great ones.",
        "search_space:",
        *(f"  {name}: {expression} # {comment}" for name, expression, comment in planned.space),
    ]
    if planned.constraints:
        lines += ["constraints: # few rounds must be large, many must be small"]
        lines += [f"  - {constraint}" for constraint in planned.constraints]
    return "\n".join(lines)


_SAMPLING = """\
# How the next parameters are chosen: random (sobol spreads them evenly), grid, or bayesian, which learns from
# the trials before and finds more where they take seconds or longer.
sampling_algorithm: {type: random, rule: sobol, seed: 0}"""


def _objective(choice: FirstSpec) -> str:
    meaning = _METRICS[choice.metric]
    lines = [
        "# What decides which trial is best: a scorer of scikit-learn's to be maximized, or a loss such as",
        f"# {'log_loss' if choice.is_classification else 'root_mean_squared_error'} to be minimized.",
        f"objective: {{primary_metric: {choice.metric}, goal: maximize}} # {meaning}",
    ]
    if choice.further_metrics:
        lines.append(
            f"metrics: [{', '.join(choice.further_metrics)}] # measured too, at the end of each trial"
        )
    return "\n".join(lines)


def _early_termination(choice: FirstSpec, planned: Plan) -> list[str]:
    if choice.folds:
        return [_FORGIVING]
    return [_MEDIAN] if planned.iterations else []


_FORGIVING = """\
# Stops a trial whose mean over its folds so far is no better than the best trial was on its worst fold.
early_termination: {type: forgiving_folds}"""

_MEDIAN = """\
# Stops a trial whose best value is worse than the median of the others', from its third report on.
early_termination: {type: median_stopping, delay_evaluation: 3}"""


def _limits(facts: TableFacts) -> str:
    n_cells = facts.n_rows * len(facts.features)
    timeout = 600 if n_cells < 200_000 else 3600
    return f"""\
# How much the sweep may use: trials, trials at once (without it: one for each core), and seconds.
limits:
  max_total_trials: 30
  # max_concurrent_trials: 2
  timeout: {timeout} # then running trials are stopped, and the best so far is taken"""
