import json
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sweepflow.models.model_file import ModelError, save_model
from sweepflow.models.registry import Registry, RegistryError

WRITER = Path(__file__).parents[2] / "support/registry_writer.py"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A sweep's model and its card."""
    model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    save_model(model, tmp_path / "sweep/model.skops")
    (tmp_path / "sweep/model-card.md").write_text("# Card\n")
    return tmp_path / "sweep/model.skops", tmp_path / "sweep/model-card.md"


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "home")


@pytest.fixture
def three(registry: Registry, files: tuple[Path, Path]) -> Registry:
    """A registry in which `iris` has three versions and no champion."""
    for number in (1, 2, 3):
        registry.register("iris", f"sweep-{number}", *files, {"roc_auc": number / 10})
    return registry


def champion(registry: Registry, name: str = "iris") -> int | None:
    found = registry.champion(name)
    return found and found.version


def actions(registry: Registry) -> list[tuple[str, int]]:
    return [(change.action, change.version) for change in registry.history("iris")]


# --- registering


def test_versions_count_from_1_and_hold_copies_of_the_files(
    registry: Registry, files: tuple[Path, Path]
) -> None:
    assert registry.register("iris", "sweep-a", *files, {"roc_auc": 0.9, "rows": [1, 2]}) == 1
    assert registry.register("iris", "sweep-b", *files, {}) == 2
    assert registry.register("wine", "sweep-c", *files, {}) == 1
    content = [file.read_bytes() for file in files]
    for file in files:
        file.write_text("overwritten by another sweep")
    first, second = registry.versions("iris")
    assert (first.name, first.version, first.sweep_id) == ("iris", 1, "sweep-a")
    assert first.facts == {"roc_auc": 0.9, "rows": [1, 2]}
    assert first.registered <= second.registered
    assert [Path(first.model_path).read_bytes(), Path(first.card_path).read_bytes()] == content
    assert registry.names() == ["iris", "wine"]


def test_a_registered_model_is_not_yet_the_champion(three: Registry) -> None:
    assert three.champion("iris") is None
    assert three.history("iris") == []


def test_an_unknown_model_has_nothing(registry: Registry) -> None:
    assert registry.names() == []
    assert registry.versions("iris") == []
    assert registry.champion("iris") is None
    assert registry.history("iris") == []


def test_a_missing_file_is_refused_and_registers_nothing(
    registry: Registry, files: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(RegistryError, match=r"there is no file '.*nowhere.skops'"):
        registry.register("iris", "sweep", tmp_path / "nowhere.skops", files[1], {})
    assert not (tmp_path / "home").exists()


def test_facts_that_are_no_json_are_refused_and_register_nothing(
    registry: Registry, files: tuple[Path, Path]
) -> None:
    with pytest.raises(ValueError, match="serialize"):
        registry.register("iris", "sweep", *files, {"model": object()})
    assert registry.versions("iris") == []
    assert registry.register("iris", "sweep", *files, {}) == 1


@pytest.mark.parametrize("name", ["a", "A-1_b.c", "0", "x" * 100])
def test_such_a_name_is_a_name(registry: Registry, files: tuple[Path, Path], name: str) -> None:
    registry.register(name, "sweep", *files, {})
    assert registry.names() == [name]


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        ".iris",
        "-iris",
        "_iris",
        "a/b",
        "../iris",
        "/iris",
        "a\\b",
        "iris\n",
        "a b",
        "é",
        "x" * 101,
    ],
)
def test_any_other_name_is_refused_before_anything_is_touched(
    registry: Registry, files: tuple[Path, Path], tmp_path: Path, name: str
) -> None:
    calls: list[Any] = [
        lambda: registry.register(name, "sweep", *files, {}),
        lambda: registry.promote(name, 1, "better"),
        lambda: registry.rollback(name),
        lambda: registry.champion(name),
        lambda: registry.versions(name),
        lambda: registry.history(name),
        lambda: registry.load(name),
    ]
    for call in calls:
        with pytest.raises(RegistryError, match=r"a model's name must consist of letters, digits"):
            call()
    assert not (tmp_path / "home").exists()


def test_only_the_owner_can_read_any_of_it(three: Registry, tmp_path: Path) -> None:
    three.promote("iris", 1, "first")
    paths = [tmp_path / "home", *(tmp_path / "home").rglob("*")]
    assert len(paths) == 1 + 1 + 1 + 3 * (1 + 3) + 3  # the champion, its history and the lock
    for path in paths:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


# --- the champion


def test_promotion_moves_the_champion_and_is_remembered(three: Registry) -> None:
    three.promote("iris", 2, "better by 0.1")
    three.promote("iris", 3, "better by\nanother — 0.1")
    assert champion(three) == 3
    first, second = three.history("iris")
    assert (first.action, first.version, first.sweep_id) == ("promote", 2, "sweep-2")
    assert second.reason == "better by\nanother — 0.1"
    assert first.time <= second.time


def test_the_pointer_and_the_history_are_lines_of_json(three: Registry, tmp_path: Path) -> None:
    three.promote("iris", 2, "better")
    three.promote("iris", 1, "older")
    folder = tmp_path / "home/models/iris"
    lines = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    assert [line["version"] for line in lines] == [2, 1]
    assert set(lines[0]) == {"time", "action", "version", "reason", "sweep_id"}
    assert json.loads((folder / "champion").read_text()) == lines[-1]


def test_another_registry_on_the_same_home_sees_it(three: Registry, tmp_path: Path) -> None:
    three.promote("iris", 2, "better")
    assert champion(Registry(tmp_path / "home")) == 2


def test_an_unknown_version_cannot_be_promoted(three: Registry) -> None:
    with pytest.raises(RegistryError, match="there is no version 4 of 'iris'; it has 1, 2, 3"):
        three.promote("iris", 4, "better")
    with pytest.raises(RegistryError, match="there is no model 'wine': there is 'iris'"):
        three.promote("wine", 1, "better")
    assert champion(three) is None


def test_the_champion_cannot_be_promoted_again(three: Registry) -> None:
    three.promote("iris", 2, "better")
    with pytest.raises(RegistryError, match="version 2 of 'iris' is the champion already"):
        three.promote("iris", 2, "better")
    assert actions(three) == [("promote", 2)]


@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_promotion_without_a_reason_is_refused(three: Registry, reason: str) -> None:
    with pytest.raises(RegistryError, match="must have a reason"):
        three.promote("iris", 1, reason)


def test_the_champion_is_loaded_and_predicts(three: Registry) -> None:
    with pytest.raises(RegistryError, match="'iris' has no champion"):
        three.load("iris")
    three.promote("iris", 1, "first")
    assert np.array_equal(three.load("iris").predict([[0.0], [3.0]]), [0, 1])


def test_a_champion_that_is_no_model_file_is_refused(three: Registry) -> None:
    three.promote("iris", 1, "first")
    Path(three.versions("iris")[0].model_path).write_text("no model")
    with pytest.raises(ModelError, match="is not a skops model file"):
        three.load("iris")


# --- rollback


def test_rollbacks_lead_back_through_the_champions(three: Registry) -> None:
    for version in (1, 2, 3):
        three.promote("iris", version, "better")
    assert three.rollback("iris").version == 2
    assert champion(three) == 2
    assert three.rollback("iris").version == 1
    with pytest.raises(RegistryError, match="'iris' has had no champion before version 1"):
        three.rollback("iris")
    assert actions(three)[3:] == [("rollback", 2), ("rollback", 1)]
    assert three.history("iris")[-1].reason == "back from version 2"
    assert three.history("iris")[-1].sweep_id == "sweep-1"


def test_a_champion_that_was_rolled_back_is_not_come_back_to(three: Registry) -> None:
    three.promote("iris", 1, "first")
    three.promote("iris", 2, "a mistake")
    three.rollback("iris")
    three.promote("iris", 3, "better")
    assert three.rollback("iris").version == 1


def test_a_champion_that_has_been_one_before_is_come_back_to_twice(three: Registry) -> None:
    for version in (1, 2, 1):
        three.promote("iris", version, "better")
    assert [three.rollback("iris").version for _ in range(2)] == [2, 1]


def test_without_a_champion_there_is_nothing_to_roll_back(three: Registry) -> None:
    with pytest.raises(RegistryError, match="'iris' has no champion to roll back"):
        three.rollback("iris")


@pytest.mark.parametrize(
    "ask",
    [
        lambda registry: registry.rollback("irsi"),
        lambda registry: registry.load("irsi"),
        lambda registry: registry.promote("irsi", 1, "better"),
        lambda registry: registry.version("irsi", 1),
    ],
    ids=["rollback", "load", "promote", "version"],
)
def test_a_model_that_is_not_there_is_told_in_the_same_words_whatever_is_asked(
    three: Registry, ask: Callable[[Registry], object]
) -> None:
    with pytest.raises(RegistryError, match=r"^there is no model 'irsi': did you mean 'iris'"):
        ask(three)


def test_a_version_that_was_deleted_by_hand_is_not_rolled_back_to(three: Registry) -> None:
    three.promote("iris", 1, "first")
    three.promote("iris", 2, "better")
    (Path(three.versions("iris")[0].model_path).parent / "version.json").unlink()
    with pytest.raises(RegistryError, match="there is no version 1 of 'iris'"):
        three.rollback("iris")
    assert champion(three) == 2


# --- at once, and killed


def test_processes_that_register_at_once_get_different_versions(
    registry: Registry, files: tuple[Path, Path], tmp_path: Path
) -> None:
    command = [sys.executable, str(WRITER), str(tmp_path / "home"), *map(str, files), "5"]
    writers = [subprocess.Popen(command) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert [found.version for found in registry.versions("iris")] == list(range(1, 16))
    history = registry.history("iris")
    assert sorted(change.version for change in history) == list(range(1, 16))
    assert history[-1].version == champion(registry)


def test_threads_that_register_and_promote_at_once_do_not_disturb_each_other(
    registry: Registry, files: tuple[Path, Path]
) -> None:
    def write(number: int) -> int:
        version = registry.register("iris", f"sweep-{number}", *files, {})
        registry.promote("iris", version, "better")
        return version

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(write, range(12))) == list(range(1, 13))
    assert sorted(change.version for change in registry.history("iris")) == list(range(1, 13))


def test_a_process_killed_at_any_point_leaves_a_consistent_registry(
    registry: Registry, files: tuple[Path, Path], tmp_path: Path
) -> None:
    command = [sys.executable, str(WRITER), str(tmp_path / "home"), *map(str, files), "1000000"]
    generator = np.random.default_rng(0)
    for _ in range(8):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            for _ in range(int(generator.integers(1, 30))):
                writer.stdout.readline()  # so that it is killed in the midst of writing
            writer.send_signal(signal.SIGKILL)
        versions = registry.versions("iris")
        assert [found.version for found in versions] == list(range(1, len(versions) + 1))
        assert all(Path(found.model_path).read_bytes() == files[0].read_bytes() for found in versions)
        promoted = [change.version for change in registry.history("iris")]
        assert promoted == sorted(set(promoted))
        assert champion(registry) == promoted[-1]
        registry.load("iris")


class TestKilledBetweenTwoSteps:
    """What a killed process leaves behind, made by hand."""

    def test_half_a_version_is_none_and_goes_away_with_the_next_one(
        self, three: Registry, files: tuple[Path, Path], tmp_path: Path
    ) -> None:
        partial = tmp_path / "home/models/iris/.partial"
        partial.mkdir()
        (partial / "model.skops").write_text("half a mod")
        assert len(three.versions("iris")) == 3
        assert three.register("iris", "sweep-4", *files, {}) == 4
        assert not partial.exists()

    def test_a_name_without_a_version_is_no_model(self, three: Registry, tmp_path: Path) -> None:
        (tmp_path / "home/models/wine/.partial").mkdir(parents=True)
        assert three.names() == ["iris"]

    def test_a_promotion_that_was_not_written_to_the_history_is_added_to_it(
        self, three: Registry, tmp_path: Path
    ) -> None:
        history = tmp_path / "home/models/iris/history.jsonl"
        for version in (1, 2):
            three.promote("iris", version, f"the {version}.")
        first, second = history.read_bytes().splitlines(keepends=True)
        for left in (first, first + second[:-1], first + second[:1], first + "é".encode()[:1]):
            history.write_bytes(left)
            assert champion(three) == 2
            assert actions(three) == [("promote", 1), ("promote", 2)]
            assert history.read_bytes() == first + second
            history.write_bytes(left)
            assert three.rollback("iris").version == 1
            assert actions(three) == [("promote", 1), ("promote", 2), ("rollback", 1)]
            three.promote("iris", 2, "again")
            history.write_bytes(first + second)
            (history.parent / "champion").write_bytes(second)

    def test_half_a_pointer_is_none(self, three: Registry, tmp_path: Path) -> None:
        three.promote("iris", 1, "first")
        (tmp_path / "home/models/iris/champion.partial").write_text('{"versi')
        assert champion(three) == 1
        three.promote("iris", 2, "better")
        assert champion(three) == 2
