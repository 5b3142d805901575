import pytest
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_SERVER_ALLOW_EPHEMERAL_MODE,
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE,
    temporary_settings,
)

from sweepflow.flows.cli.doctor.server import check_server
from sweepflow.flows.engine.server.embedded import why_unreachable

READ_BATCH_SIZE = "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE"


def test_a_server_that_answers_and_was_started_by_our_rules_is_fine(server: str) -> None:
    reachable, task_runs = check_server()
    assert (reachable.is_ok, reachable.message) == (True, f"{server} answers")
    assert task_runs.is_ok
    assert why_unreachable() is None


def test_a_server_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        (found,) = check_server()
    told = "Prefect's server at http://127.0.0.1:9/api (PREFECT_API_URL) cannot be reached: "
    assert found.message.startswith(told)
    unset = "prefect config unset PREFECT_API_URL  # use the embedded one"
    assert found.fixes == ("prefect server start", unset)


def test_the_embedded_server_is_fine_with_the_settings_that_we_give_it() -> None:
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        assert [found.is_ok for found in check_server()] == [True, True]


def test_settings_that_lose_task_runs_are_told() -> None:
    small = {PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE: 99}
    with temporary_settings(small, restore_defaults={PREFECT_API_URL}):
        _, found = check_server()
    assert found.message == f"Prefect's server may lose some of a large sweep's: {READ_BATCH_SIZE}=99"
    assert found.fixes == (f"unset {READ_BATCH_SIZE}",)


def test_no_server_at_all_is_told() -> None:
    with temporary_settings({PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False}, restore_defaults={PREFECT_API_URL}):
        (found,) = check_server()
    assert found.fixes == ("prefect config set PREFECT_SERVER_ALLOW_EPHEMERAL_MODE=true",)
