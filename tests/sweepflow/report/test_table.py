from recorded import ranked_row
from sweepflow.report.table import leaderboard_row
from sweepflow.trials.objective import Objective


def shown(metric="accuracy", **parameters):
    row = ranked_row(7, best_interval=3, value=0.5, parameters=parameters)
    return leaderboard_row(1, row, Objective(primary_metric=metric, goal="maximize"))


def test_a_row_tells_rank_trial_state_value_interval_and_parameters():
    found = shown(lr=0.1, kernel="rbf")
    expected = {"rank": 1, "trial": 7, "state": "completed", "accuracy": 0.5, "interval": 3}
    assert list(found.items()) == list({**expected, "lr": 0.1, "kernel": "rbf"}.items())


def test_a_trial_that_breaks_a_requirement_is_called_not_ranked():
    row = ranked_row(0, value=0.5, unmet="it does not meet auc > 0.6: auc is 0.5")
    assert leaderboard_row(7, row, Objective(primary_metric="auc", goal="maximize"))["state"] == "not ranked"


def test_no_name_hides_another_column():
    assert shown("state", rank=2, trial=None, state="x", lr=1) == {
        **{"rank": 1, "trial": 7, "state": "completed", "metric state": 0.5, "interval": 3},
        **{"parameter rank": 2, "parameter trial": "null", "parameter state": "x", "lr": 1},
    }


def test_texts_are_markdown_that_shows_them_and_headings_are_text():
    found = shown("\x1b[31m<b>", x="<b>*y*</b>\x1b")
    assert found["\\x1b[31m<b>"] == 0.5
    assert found["x"] == "&#60;b&#62;&#42;y&#42;&#60;/b&#62;&#92;x1b"


def test_a_long_text_is_cut_before_it_is_escaped():
    assert shown(x="<" * 201)["x"] == "&#60;" * 200 + "... (201 characters)"
