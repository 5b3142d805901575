"""One command, run as a trial runs it: what it sees, what of it is seen, and how it ends."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pools import TESTS, is_running
from sweepflow.errors import TrialError, TrialLost, TrialTerminated
from sweepflow.training.command.running.script import Script, run

LOG_LOSS = """echo '{"loss": %s}' >> "$SWEEPFLOW_METRICS"; """

SAVES_WHEN_TOLD = """
import os, signal, time

def save(*_):
    with open("outputs/a", "a") as file:
        file.write("saved ")
    time.sleep(0.3)
    os._exit(0)

signal.signal(signal.SIGTERM, save)
with open(os.environ["SWEEPFLOW_METRICS"], "a") as file:
    file.write('{"loss": 1}')
time.sleep(1000)
"""


@pytest.fixture
def trial(home_of_commands: Path) -> Path:
    folder = home_of_commands / "sweeps/id/trials/0000"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    return tmp_path / "src"


def run_line(
    line: str,
    trial: Path,
    code: Path | None = None,
    report: Callable[[Any], None] | None = None,
    **changes: Any,
) -> list[dict[str, object]]:
    """Run the command; gives what it has logged."""
    reports: list[dict[str, object]] = []
    script = Script(line, code, copies_code=True, folder=trial, environment={})
    run(script._replace(**changes), report or reports.append)
    return reports


def run_until_it_logs(line: str, trial: Path, code: Path | None = None) -> None:
    """Run the command, which a policy stops as soon as it has logged something."""

    def stop(_: Any) -> None:
        raise TrialTerminated

    with pytest.raises(TrialTerminated):
        run_line(line, trial, code, report=stop)


def reason(line: str, trial: Path, code: Path | None = None, **changes: Any) -> str:
    with pytest.raises(TrialError) as caught:
        run_line(line, trial, code, **changes)
    return str(caught.value)


# --- what it sees


def test_it_runs_in_a_copy_of_the_code_with_outputs_that_are_kept(trial: Path, code: Path) -> None:
    (code / "train.sh").write_text(
        'pwd; echo changed > train.sh; echo model > outputs/a; echo b > "$SWEEPFLOW_OUTPUTS/b"'
    )
    run_line("bash train.sh > outputs/folder", trial, code)
    assert (trial / "outputs/folder").read_text().strip() == str(trial / "code")
    assert "changed\n" not in (code / "train.sh").read_text().splitlines(keepends=True)[:1]
    assert [path.name for path in sorted((trial / "outputs").iterdir())] == ["a", "b", "folder"]


def test_code_that_is_not_copied_is_where_it_runs(trial: Path, code: Path) -> None:
    run_line('pwd > "$SWEEPFLOW_OUTPUTS/folder"', trial, code, copies_code=False)
    assert (trial / "outputs/folder").read_text().strip() == str(code)
    assert list(code.iterdir()) == []


def test_python_means_the_one_that_runs_sweepflow_also_below_a_shell_that_the_script_starts(
    trial: Path,
) -> None:
    show = "import sys; print(sys.prefix, sys.stdin.read() == '')"
    run_line(
        f'(python -c "{show}"; sh -c "python3 -c \\"{show}\\"") > outputs/a',
        trial,
        environment={"PATH": "/usr/bin:/bin"},
    )
    assert (trial / "outputs/a").read_text() == f"{sys.prefix} True\n" * 2


def test_a_name_that_this_python_lacks_leads_to_it(
    trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    only = tmp_path / "bin" / "python3.99"
    only.symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(only))
    run_line(
        "python -c 'import sys; print(sys.executable)' 'a b' > outputs/a; which python3 >> outputs/a", trial
    )
    assert (trial / "outputs/a").read_text() == f"{only}\n{trial}/bin/python3\n"


def test_what_it_prints_is_in_the_log_as_soon_as_it_is_printed(
    trial: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []

    def report(_: Any) -> None:
        seen.append(capfd.readouterr().out)
        raise TrialTerminated

    program = "import os, time; print('early'); open('outputs/a', 'w'); time.sleep(1000)"
    line = f'python -c "{program}" & until test -e outputs/a; do sleep 0.01; done; {LOG_LOSS % 1} wait'
    with pytest.raises(TrialTerminated):
        run_line(line, trial, report=report)
    assert seen == ["early\n"]


# --- what of it is seen


def test_every_line_counts_also_the_last_one_before_its_end(trial: Path) -> None:
    assert run_line("".join(LOG_LOSS % n for n in range(300)), trial) == [
        {"loss": float(n)} for n in range(300)
    ]


def test_a_value_is_seen_while_it_runs(trial: Path) -> None:
    run_until_it_logs(f"{LOG_LOSS % 1} sleep 1000", trial)


def test_the_lines_of_an_attempt_before_do_not_count(trial: Path) -> None:
    run_line(LOG_LOSS % 1, trial)
    assert run_line(LOG_LOSS % 2, trial) == [{"loss": 2.0}]


def test_a_line_that_is_no_metrics_ends_it(trial: Path) -> None:
    why = reason('echo loss >> "$SWEEPFLOW_METRICS"; sleep 1000', trial)
    assert why.startswith("a line of its metrics")
    assert why.endswith(": loss")


# --- how it ends


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("false", "the command ended with exit code 1"),
        ("exit 3", "the command ended with exit code 3"),
        ("foo --bar", "bash: line 1: foo: command not found"),
        ("""python -c 'raise ValueError("no rows")'""", "ValueError: no rows"),
        ("echo '{}' > a.json; ./a.json", "bash: line 1: ./a.json: Permission denied"),
        (
            "cat no_such_file",
            "the command ended with exit code 1: cat: no_such_file: No such file or directory",
        ),
    ],
)
def test_its_exit_code_decides_and_its_last_words_say_why(trial: Path, line: str, why: str) -> None:
    if shutil.which("bash") is None:
        pytest.skip("there is no bash here, and other shells say it in other words")
    assert reason(line, trial) == why


def test_all_trials_give_the_same_reason_whatever_their_folder(trial: Path, code: Path) -> None:
    said = "python: can't open file 'trian.py': [Errno 2] No such file or directory"
    assert reason("python trian.py", trial, code) == f"the command ended with exit code 2: {said}"


def test_a_file_that_is_missing_because_it_is_ignored_is_told(trial: Path, code: Path) -> None:
    (code / ".gitignore").write_text("data/\n")
    (code / "data").mkdir()
    (code / "data/a.csv").touch()
    error = "FileNotFoundError: [Errno 2] No such file or directory:"
    hint = ".gitignore leaves it out of each trial's copy of the code: change it, or add an .amlignore"
    read = "python -c 'open(\"data/{}.csv\")'"
    assert reason(read.format("a"), trial, code) == f"{error} 'data/a.csv'; {hint}, which alone counts then"
    assert reason(read.format("b"), trial, code) == f"{error} 'data/b.csv'"
    (code / ".amlignore").touch()
    assert run_line(read.format("a"), trial, code) == []


def test_what_was_logged_before_it_failed_is_kept(trial: Path) -> None:
    reports: list[dict[str, object]] = []
    with pytest.raises(TrialError, match="exit code 3"):
        run_line(f"{LOG_LOSS % 1}{LOG_LOSS % 2} exit 3", trial, report=reports.append)
    assert reports == [{"loss": 1.0}, {"loss": 2.0}]


@pytest.mark.parametrize("line", ["kill -9 $$", "sh -c 'kill -9 $$'; exit $?"])
def test_one_that_a_signal_has_ended_is_lost(trial: Path, line: str) -> None:
    with pytest.raises(TrialLost, match=r"^the command was ended by SIGKILL \(somebody killed it"):
        run_line(line, trial)


def test_one_whose_warden_was_killed_is_lost(trial: Path) -> None:
    with pytest.raises(TrialLost, match=r"^the process that guarded the command was killed$"):
        run_line("kill -9 $PPID; sleep 0.1", trial)


def test_a_line_that_is_too_long_for_the_system_cannot_be_started(trial: Path) -> None:
    assert reason("true " + "x" * 3_000_000, trial) == "the command cannot be started: Argument list too long"


def test_a_folder_that_is_not_there_is_named(trial: Path, code: Path) -> None:
    code.rmdir()
    assert (
        reason("true", trial, code, copies_code=False)
        == "the command cannot be started: No such file or directory"
    )


def test_a_stopped_one_may_save_what_it_has(trial: Path) -> None:
    save = "trap 'sleep 0.3; echo saved > outputs/a; exit' TERM; "
    run_until_it_logs(f"{save} {LOG_LOSS % 1} while true; do sleep 0.01; done", trial)
    assert (trial / "outputs/a").read_text() == "saved\n"


def test_a_child_of_the_shell_may_too_and_is_told_once(trial: Path, code: Path) -> None:
    (code / "train.py").write_text(SAVES_WHEN_TOLD)
    run_until_it_logs("python train.py; true", trial, code)
    assert (trial / "outputs/a").read_text() == "saved "


def test_one_that_ignores_to_be_told_is_killed(trial: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sweepflow.training.command.running.process.GRACE_SECONDS", 0.2)
    forever = "while true; do sleep 0.01; done"
    run_until_it_logs(f"trap '' TERM; echo $$ > outputs/pid; {LOG_LOSS % 1} {forever}", trial)
    assert not is_running(int((trial / "outputs/pid").read_text()))


def test_it_is_told_to_end_when_this_process_is(trial: Path) -> None:
    line = (
        f"trap 'echo saved > outputs/a; exit' TERM; kill -TERM {os.getpid()}; while true; do sleep 0.01; done"
    )
    before = signal.getsignal(signal.SIGTERM)
    assert reason(line, trial) == "it was told to end"
    assert (trial / "outputs/a").read_text() == "saved\n"
    assert signal.getsignal(signal.SIGTERM) == before


# --- what is left


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the process group is known")
@pytest.mark.parametrize("end", ["exit 0", "exit 3", "sleep 1000", "kill -9 $$"])
def test_no_process_is_left_however_it_hides_and_however_the_command_ends(trial: Path, end: str) -> None:
    hide = f"python {TESTS / 'support/hides.py'} outputs/pid; sleep 1000 & echo $! > outputs/other"
    line = f"{hide}; {LOG_LOSS % 1} {end}"
    if end == "sleep 1000":
        run_until_it_logs(line, trial)
    elif end == "exit 0":
        run_line(line, trial)
    else:
        reason(line, trial)
    for name in ("pid", "other"):
        assert not is_running(int((trial / "outputs" / name).read_text()))


def test_a_process_that_is_about_to_end_may(trial: Path) -> None:
    run_line("exec > >(sleep 0.3; cat > outputs/a); echo last words", trial)
    assert (trial / "outputs/a").read_text() == "last words\n"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no /proc")
def test_a_command_that_forks_on_and_on_is_killed(trial: Path) -> None:
    line = f"{LOG_LOSS % 1} f() {{ sleep 0.005; f & }}; f; sleep 1000"
    run_until_it_logs(line, trial)
    mark = f"SWEEPFLOW_OUTPUTS={trial}/".encode()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it has ended
            assert mark not in environment.read_bytes()


# --- what it may do to its surroundings


@pytest.mark.parametrize(
    "line",
    [
        'rm -rf "$PWD"',
        'chmod -R a-w "$PWD"; chmod a-w .',
        "exec >&- 2>&-; true",
        "exec 0<&-; true",
        "cd /; true",
        'rm -rf "$SWEEPFLOW_OUTPUTS" "$SWEEPFLOW_METRICS"',
        "rm outputs; mkdir outputs",
        "ulimit -n 3; true",
        "kill -TERM 0",
    ],
)
def test_the_next_one_is_none_the_worse(trial: Path, code: Path, line: str) -> None:
    (code / "a").write_text("a")
    try:
        run_line(line, trial, code)
    except TrialLost:
        assert line.startswith("kill")
    assert run_line(f"test -e a && {LOG_LOSS % 1}", trial, code) == [{"loss": 1.0}]


def test_a_compiled_program_can_be_a_command(trial: Path, code: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler here")
    (code / "train.c").write_text(
        "#include <stdio.h>\n#include <stdlib.h>\n"
        'int main(void) { FILE *f = fopen(getenv("SWEEPFLOW_METRICS"), "a");'
        'for (int i = 1; i <= 3; i++) { fprintf(f, "{\\"loss\\": %g}\\n", 1.0 / i); fflush(f); } return 0; }'
    )
    subprocess.run([compiler, "train.c", "-o", "train"], cwd=code, check=True)
    assert [row["loss"] for row in run_line("./train", trial, code)] == pytest.approx(
        [1, 1 / 2, 1 / 3], abs=1e-5
    )


def test_an_r_script_can_be_a_command(trial: Path, code: Path) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("there is no R here")
    (code / "train.R").write_text(
        'cat(\'{"loss": 0.5}\\n\', file = Sys.getenv("SWEEPFLOW_METRICS"), append = TRUE)'
    )
    assert run_line("Rscript train.R", trial, code) == [{"loss": 0.5}]
