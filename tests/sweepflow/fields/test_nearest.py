import pytest

from sweepflow.fields.nearest import did_you_mean, suggestion


@pytest.mark.parametrize("end_of_message", [suggestion, did_you_mean])
@pytest.mark.parametrize(
    ("word", "nearest"),
    [("dept", "depth"), ("DEPTH", "depth"), ("c", "C"), ("Learning_Rat", "learning_rate")],
)
def test_the_nearest_word_is_found_in_whatever_letter_case(end_of_message, word, nearest):
    assert end_of_message(word, ["depth", "learning_rate", "C"]) == f"did you mean {nearest!r}?"


def test_what_other_tuners_call_a_field_leads_to_ours():
    assert suggestion("choices", ["type", "values"]) == "did you mean 'values'?"
    assert did_you_mean("choices", ["type", "values"]) == "there is 'type', 'values'"


def test_all_words_of_ours_are_told_and_the_first_ten_of_the_users():
    known = [f"x{n}" for n in range(11)]
    assert suggestion("zebra", known) == f"known: {', '.join(known)}"
    assert did_you_mean("zebra", known) == f"there is {', '.join(map(repr, known[:10]))}, ..."
    assert did_you_mean("zebra", []) == "there is none"
