"""The scorers that are known without scikit-learn are those that it has."""

from importlib.metadata import version

import pytest

from sweepflow.metrics import scorer_names


def test_the_scorers_are_those_of_the_release_that_is_installed() -> None:
    assert scorer_names.scorer_names() == scorer_names.names_of_sklearn()
    assert scorer_names.scorers_by_loss() == scorer_names.losses_of_sklearn()


def test_the_release_that_is_installed_is_known() -> None:
    assert version("scikit-learn").rpartition(".")[0] in scorer_names._RELEASES


def test_another_release_is_asked_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scorer_names, "_RELEASES", ())
    monkeypatch.setattr(scorer_names, "names_of_sklearn", lambda: ["neg_new_loss"])
    assert scorer_names.scorer_names.__wrapped__() == ["neg_new_loss"]
