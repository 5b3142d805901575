import platform
from importlib.metadata import version
from itertools import pairwise

import lightgbm
import pytest
from markdown_it import MarkdownIt
from ruamel.yaml import YAML

from sweepflow.archive.comparison import Comparison
from sweepflow.base.printable import printable
from sweepflow.data.roles import RoleColumns
from sweepflow.result import BestTrial, SelectedModel, TestMetric, TrialCounts, Verdict
from sweepflow.running.model_card import model_card
from sweepflow.spec.spec import Spec

NASTY = [
    "a|b",
    "a\\|b",
    "a\\",
    "`x`",
    "``",
    "`|`|",
    "<script>alert(1)</script>",
    "<!-- x",
    "&lt;b&gt;",
    "[x](javascript:alert(1))",
    "![x](http://host/x.png)",
    "# heading",
    "- item",
    "* item",
    "+ item",
    "=====",
    "-----",
    "> quoted",
    "```",
    "~~~",
    "**bold**",
    "line\nbreak",
    "line\n\n| a | b |\n|---|---|",
    "    indented",
    "<http://host>",
    "\ttab",
    "|",
    "1. item",
    "2) item",
    "_emphasis_",
    "__init__ of a_b_c",
    "\x1b[31mred\x1b]0;title\x07",
    "\u202egnp.exe",
    "delete \x7f, control \x9b31m",
]
SPEC = {
    "display_name": "Breast cancer",
    "description": "Which tumours are malignant.",
    "data": {"path": "/data/table.csv", "target": "label"},
    "trial": {"estimator": "sklearn.svm.SVC", "parameters": {"kernel": "poly"}},
    "search_space": {
        "C": {"type": "loguniform", "min_value": -3, "max_value": 3},
        "coef0": {"type": "choice", "values": [0, 1]},
    },
    "sampling_algorithm": {"type": "random", "seed": 7, "rule": "sobol"},
    "objective": {"primary_metric": "accuracy", "goal": "maximize"},
    "metrics": ["f1"],
    "early_termination": {"type": "bandit", "slack_factor": 0.1},
    "limits": {"max_total_trials": 9},
}
BEST = BestTrial(number=4, parameters={"C": 0.125, "coef0": 1}, value=0.91234567, metrics={"f1": 0.875})
TRIALS = TrialCounts(total=9, completed=5, terminated=2, failed=1, timed_out=1)
TESTED = {
    "accuracy": TestMetric(value=0.9, low=0.85, high=0.95),
    "f1": TestMetric(value=0.8, low=0.7, high=0.8765432),
}
SELECTED = SelectedModel(model_path="model.skops", test_metrics=TESTED)
MARKDOWN = MarkdownIt("commonmark").enable("table")


@pytest.fixture
def card(prepared):
    def make(spec=None, data="label", best=BEST, selected=SELECTED, compared=None, files=(), **facts):
        known = data and prepared(data).model_copy(update=facts)
        asked = Spec.parse({**SPEC, **(spec or {})})
        return model_card("id-1", asked, known, best, TRIALS, selected, compared, files)

    return make


def tables(card):
    """The cells of each table's rows, as a reader sees them."""
    found = []
    for token in MARKDOWN.parse(card):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and token.level == 4:
            found[-1][-1].append("".join(child.content for child in token.children))
    return found


def headings(card):
    tokens = MARKDOWN.parse(card)
    return [
        "".join(child.content for child in inner.children)
        for token, inner in pairwise(tokens)
        if token.type == "heading_open"
    ]


def kinds(card):
    """Everything that Markdown sees in the card, code spans and plain text aside."""
    tokens = MARKDOWN.parse(card)
    inner = [child for token in tokens for child in token.children or ()]
    return {token.type for token in [*tokens, *inner]} - {"text", "code_inline", "inline", "text_special"}


LEAVES = {"type": "choice", "values": [7, 15]}
USUAL = [
    "Breast cancer",
    "Best trial: number 4",
    "Metrics",
    "Data",
    "What was searched",
    "Versions",
]


def test_a_card_has_all_its_parts(card):
    assert headings(card()) == USUAL
    assert "Which tumours are malignant." in card()
    assert "Sweep `id-1`: 9 trials (5 completed, 2 terminated, 1 failed, 1 timed out)." in card()


def test_a_card_names_the_files_of_the_best_trial(card):
    made = card(files=["checkpoint.pt", "a/<b>.txt"])
    assert headings(made) == [*USUAL[:3], "Files of the best trial", *USUAL[3:]]
    assert "- checkpoint.pt" in made
    assert "<b>" not in kinds(made)
    many = card(files=[f"f{number}.pt" for number in range(25)])
    assert "- f19.pt\n- and 5 more" in many
    assert "f20.pt" not in many


def test_a_card_tells_the_best_parameters(card):
    assert tables(card())[0] == [["parameter", "value"], ["C", "0.125"], ["coef0", "1"]]


def test_a_card_tells_each_metric_on_validation_and_test_rows_with_its_interval(card):
    assert tables(card())[1] == [
        ["metric", "validation", "test", "test, 95 % interval"],
        ["accuracy", "0.912346", "0.9", "0.85 to 0.95"],
        ["f1", "0.875", "0.8", "0.7 to 0.876543"],
    ]


def test_a_metric_without_a_value_has_empty_cells(card):
    best = BEST.model_copy(update={"metrics": {"f1": None, "loss": 3.0}})
    found = tables(card(best=best, selected=SelectedModel(test_metrics={"accuracy": TESTED["accuracy"]})))
    assert found[1][2:] == [["f1", "", "", ""], ["loss", "3", "", ""]]


def test_a_card_tells_what_the_model_costs_beside_the_metrics(card):
    costs = {"fit_seconds": 1.5, "predict_ms": 0.25, "model_bytes": 2000.0}
    told = card(best=BEST.model_copy(update={"metrics": {"f1": 0.875, **costs}}))
    assert "The trial's model: fitted in 1.5 s, predicts a row in 0.25 ms, takes 2 kB." in told
    assert tables(told) == tables(card())
    assert "The trial's model" not in card()


def test_a_card_tells_where_the_data_is_from(card, prepared):
    data = prepared("label")
    facts = dict(tables(card())[2][1:])
    assert facts["fingerprint (SHA-256)"] == data.fingerprint
    assert facts["source"] == "/data/table.csv"
    assert facts["target"] == "label"
    assert facts["labels"] == "no, yes"
    assert facts["positive label"] == "yes"
    assert {f"{part} rows": str(count) for part, count in data.n_rows.items()}.items() <= facts.items()
    assert facts["numeric columns"] == "2"
    assert facts["categorical columns"] == "1"
    assert facts["split"] == "at random"
    assert "weight of a row" not in facts


def test_a_card_of_numbers_has_no_labels(card):
    facts = dict(tables(card(data="amount"))[2][1:])
    assert "labels" not in facts
    assert "positive label" not in facts


def test_a_card_tells_the_notices_of_the_data(card):
    assert "- Column 'x' has no values and is left out." in card(
        notices=("Column 'x' has no values and is left out.",)
    )


def test_a_card_tells_what_was_searched_as_a_spec(card):
    block = next(token for token in MARKDOWN.parse(card()) if token.type == "fence")
    searched = YAML(typ="safe", pure=True).load(block.content)
    assert block.info == "yaml"
    names = {"trial", "search_space", "sampling_algorithm", "objective", "early_termination", "limits"}
    assert set(searched) == names
    asked, again = Spec.parse(SPEC), Spec.parse({**SPEC, **searched})
    assert again == asked


def test_a_card_tells_the_versions(card):
    found = dict(tables(card())[3][1:])
    assert found["python"] == platform.python_version()
    for library in ("sweepflow", "scikit-learn", "numpy", "pandas", "skops"):
        assert found[library] == version(library)
    assert "lightgbm" not in found
    boosted = card(
        {"trial": {"estimator": "lightgbm.LGBMClassifier"}, "search_space": {"num_leaves": LEAVES}}
    )
    assert dict(tables(boosted)[3][1:])["lightgbm"] == lightgbm.__version__


@pytest.mark.parametrize(
    ("refit", "selected", "sentence"),
    [
        (False, SELECTED, "fitted on the training rows and tested once"),
        (True, SELECTED, "fitted on training and validation rows and tested once"),
        (False, SelectedModel(notice="f1 could not be tested"), "Note: f1 could not be tested."),
        (False, SelectedModel(), "There were no test rows, or no model to test on them."),
    ],
)
def test_a_card_tells_how_the_model_was_tested(refit, selected, sentence, card):
    assert sentence in card({"refit": refit}, selected=selected)


def test_a_card_tells_on_how_many_rows_the_model_was_fitted(card):
    selected = SELECTED.model_copy(update={"n_rows": 4321})
    noted = selected.model_copy(update={"notice": "f1 could not be tested"})
    assert "It learned from 4,321 rows." in card({"refit": True}, selected=selected)
    assert "It learned from 4,321 rows." in card({"refit": True}, selected=noted)


def test_a_notice_takes_the_place_of_nothing_that_a_card_tells(card):
    noted = SELECTED.model_copy(
        update={"notice": "raise max_iter", "why_not_first": "handed over is trial 0"}
    )
    found = card({"refit": True}, selected=noted)
    for sentence in (
        "tested once, on rows that no trial saw",
        "Intervals are at 95 %",
        "Note: raise max_iter.",
    ):
        assert sentence in found
    assert "handed over is trial 0." in found


def test_a_card_has_the_verdict_and_that_both_models_were_tested(card):
    text = "tuned beats the baseline by 0.021 (0.008 to 0.034)"
    verdict = Verdict(text=text, kept="tuned", tuned=4, baseline=0, difference=0.021, low=0.008, high=0.034)
    compared = Comparison(0, {"C": 0.5}, 0.5, 0.25, "better by 0.25", "", "best 0.75, baseline 0.5")
    found = card(selected=SELECTED.model_copy(update={"verdict": verdict}), compared=compared)
    assert f"**{text}**" in found
    assert "Both models were tested once" in found
    assert "was not tested" not in found


def test_a_card_tells_the_baseline_and_that_it_was_not_tested(card):
    found = Comparison(0, {"C": 0.5}, 0.5, 0.25, "better by 0.25", "", "best a|b 0.75, baseline 0.5")
    told, untested = "Beside the baseline: best a&#124;b 0.75, baseline 0.5.", "The baseline was not tested"
    assert f"{told} {untested}" in card(compared=found)
    assert "aseline" not in card()
    with_baseline = card({"baseline": {"C": 0.5, "coef0": 0}}, compared=found._replace(value=None))
    assert told in with_baseline
    assert untested not in with_baseline
    assert "\nbaseline:\n" in with_baseline


def test_a_card_without_data_says_so(card):
    found = card({"data": None, "trial": {"function": "a:b"}}, data=None)
    assert "The trials brought their own data." in found
    assert len(tables(found)) == 3


@pytest.mark.parametrize(("names", "title"), [({"name": "short"}, "short"), ({}, "Model")])
def test_a_card_without_a_display_name_has_another_title(names, title, card):
    assert headings(card({"display_name": None, "description": None, **names}))[0] == title


# --- what people may write anywhere


@pytest.mark.parametrize("nasty", NASTY)
def test_no_name_breaks_a_table_or_becomes_markup(nasty, card):
    seen = printable(" ".join(nasty.split()))
    found = card(
        {
            "display_name": nasty,
            "description": nasty,
            "data": {"path": nasty, "target": nasty},
            "objective": {"primary_metric": nasty, "goal": "maximize"},
            "trial": {"estimator": nasty, "parameters": {nasty: nasty}},
        },
        best=BEST.model_copy(update={"parameters": {nasty: nasty, "C": 1}, "metrics": {nasty: 0.5}}),
        selected=SelectedModel(test_metrics={nasty: TESTED["f1"]}, notice=nasty),
        target=nasty,
        labels=(nasty, "other"),
        positive_label=nasty,
        notices=(nasty, "another"),
    )
    assert not set("\x07\x1b\x7f\x9b\u202e") & set(found)
    assert kinds(found) <= kinds(card(notices=("x",)))
    assert headings(found) == [seen, *USUAL[1:]]
    assert tables(found)[0] == [["parameter", "value"], [seen, seen], ["C", "1"]]
    assert tables(found)[1][1:] == [[seen, "0.912346", "0.8", "0.7 to 0.876543"]]
    facts = dict(tables(found)[2][1:])
    assert (facts["source"], facts["target"], facts["positive label"]) == (seen, seen, seen)
    assert facts["labels"] == f"{seen}, other"
    block = next(token for token in MARKDOWN.parse(found) if token.type == "fence")
    assert "objective:" in block.content
    assert "limits:" in block.content


@pytest.mark.parametrize("nasty", ["", " "])
def test_an_empty_value_is_an_empty_cell(nasty, card):
    found = card(best=BEST.model_copy(update={"parameters": {"C": nasty, "coef0": 1}}))
    assert tables(found)[0] == [["parameter", "value"], ["C", ""], ["coef0", "1"]]


def test_a_card_tells_how_its_intervals_were_made_and_what_counts_as_one_observation(card):
    assert "score intervals for shares of rows, such as accuracy and F1" in card()
    assert "Rows of one group (patient_id) count as one observation there." in card(
        roles=RoleColumns(group="patient_id", time=("date",))
    )
    assert "Rows that follow each other count as one observation there, in blocks of time." in card(
        roles=RoleColumns(time=("year", "month"))
    )


@pytest.mark.parametrize(
    ("name", "parameters", "told"),
    [
        ("svm.SVC", {"C": 0.125}, "categories: one_hot, numbers: scaled, dates: cyclic"),
        (
            "ensemble.HistGradientBoostingClassifier",
            {"max_depth": 3},
            "categories: native, numbers: native, dates: numbers",
        ),
        (
            "ensemble.HistGradientBoostingClassifier",
            {"preprocess__categories": "ordinal"},
            "categories: ordinal, numbers: native, dates: numbers",
        ),
    ],
)
def test_a_card_tells_the_preprocessing_of_the_best_trial(name, parameters, told, card):
    best = BEST.model_copy(update={"parameters": parameters})
    spec = {
        "trial": {"estimator": f"sklearn.{name}"},
        "search_space": {each: {"type": "choice", "values": [value]} for each, value in parameters.items()},
    }
    assert f"| preprocessing | {told} |" in card(spec, best=best).replace("\\_", "_").replace("`", "")
