from recorded import curve, recorded, trial
from sweepflow.analysis.savings import savings


def test_what_was_saved_is_what_stopped_trials_lack_to_the_longest_completed_one():
    trials = [trial(0), trial(1), trial(2, "terminated", seconds=3.0), trial(3, "terminated", seconds=1.0)]
    lengths = [10, 4, 3, 2]
    found = savings(recorded(trials, [r for n, k in enumerate(lengths) for r in curve(n, *[0.5] * k)]))
    assert (found.longest, found.intervals_trained, found.intervals_saved) == (10, 5, 7 + 8)
    assert found.share == 15 / 20
    # three intervals in 3 s lack seven, two in 1 s lack eight
    assert (found.seconds_trained, found.seconds_saved) == (4.0, 7 * 1.0 + 8 * 0.5)


def test_a_trial_that_was_stopped_later_than_all_others_ended_saves_nothing():
    trials = [trial(0), trial(1, "terminated")]
    found = savings(recorded(trials, [*curve(0, 0.5), *curve(1, 0.5, 0.5, 0.5)]))
    assert (found.intervals_saved, found.seconds_saved, found.share) == (0, 0.0, 0.0)


def test_nothing_is_known_without_a_stopped_or_without_a_completed_trial():
    assert savings(recorded([trial(0)], curve(0, 0.5))) is None
    assert savings(recorded([trial(0, "terminated")], curve(0, 0.5))) is None
    assert savings(recorded([])) is None
