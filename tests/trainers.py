"""What trials do in the tests that run them in real child processes.

A pool runs one function, so `act` calls the one that its parameters name.
"""

import ctypes
import importlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from decimal import Decimal
from pathlib import Path

import numpy as np

from sweepflow import trainer
from sweepflow.errors import TrialTerminated

_is_next_trial = threading.Event()
_was_refused = threading.Event()


@trainer
def act(parameters, data, report):
    return globals()[parameters["act"]](parameters, report)


def note(parameters, text):
    """Write the text, whole at once, to the file that the test looks at."""
    path = Path(parameters["note"])
    partial = path.with_name(path.name + ".partial")
    partial.write_text(str(text))
    partial.replace(path)


def score(parameters, report):
    for value in json.loads(parameters.get("values", "[1.0]")):
        report(score=value)
    return {"weights": [1.0, 2.0]}


def note_pid(parameters, report):
    note(parameters, os.getpid())
    report(score=1.0)


def fail(parameters, report):
    raise RuntimeError("on purpose")


# --- stopped


def clean_up(parameters, report):
    try:
        for value in range(100):
            report(score=value)
    except TrialTerminated:
        note(parameters, "cleaned up")
        raise


def swallow_exceptions(parameters, report):
    for value in range(100):
        try:
            report(score=value)
        except Exception:  # noqa: BLE001
            note(parameters, "swallowed")


def ignore_stop(parameters, report):
    for value in range(100):
        try:
            report(score=value)
        except BaseException:  # noqa: BLE001
            note(parameters, os.getpid())
            block_in_c(parameters, report)


def exit_when_stopped(parameters, report):
    try:
        report(score=1.0)
    except TrialTerminated:
        os._exit(0)


# --- threads and processes of its own


def report_from_threads(parameters, report):
    threads = [threading.Thread(target=report, kwargs={"score": 1.0}) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def leave_thread(parameters, report):
    def report_late():
        _is_next_trial.wait()
        try:
            report(score=-1.0)
        except TrialTerminated:
            _was_refused.set()

    threading.Thread(target=report_late, daemon=True).start()
    report(score=1.0)


def meet_thread(parameters, report):
    _is_next_trial.set()
    assert _was_refused.wait(timeout=30)
    report(score=2.0)


def leave_grandchild(parameters, report):
    _fork(parameters)
    report(score=1.0)


def die_leaving_grandchild(parameters, report):
    _fork(parameters)
    os.kill(os.getpid(), signal.SIGKILL)


def _fork(parameters):
    pid = os.fork()
    if pid == 0:
        while True:
            signal.pause()
    note(parameters, f"{os.getpid()} {pid}")


def block_with_grandchild(parameters, report):
    sleeper = subprocess.Popen(["sleep", "1000"])
    note(parameters, f"{os.getpid()} {sleeper.pid}")
    block_in_c(parameters, report)


# --- never ending


def block_in_c(parameters, report):
    """Never ends, and never lets Python run."""
    ctypes.PyDLL(None).sleep(3600)


def print_and_block(parameters, report):
    print("before it was killed")
    note(parameters, os.getpid())
    block_in_c(parameters, report)


def import_svm(parameters, report):
    importlib.import_module("sklearn.svm")  # may take longer than the trial after it may

    report(score=1.0)


def fit_for_long(parameters, report):
    from sklearn.svm import SVC

    draws = np.random.default_rng(0)
    features, labels = draws.normal(size=(8000, 10)), draws.integers(0, 2, 8000)
    note(parameters, os.getpid())
    SVC(C=1e4, gamma=0.01).fit(features, labels)


# --- crashing


def exit_hard(parameters, report):
    os._exit(3)


def exit_softly(parameters, report):
    sys.exit(3)


def exit_with_text(parameters, report):
    sys.exit("no such file")


def kill_itself(parameters, report):
    os.kill(os.getpid(), signal.SIGKILL)


def be_killed_by_a_process_of_joblibs(parameters, report):
    from joblib import Parallel, delayed

    def kill(pid, array):
        os.kill(pid, signal.SIGKILL)

    note(parameters, os.getpid())
    Parallel(n_jobs=2)(delayed(kill)(os.getpid(), np.ones(200_000)) for _ in range(2))


def crash_in_c(parameters, report):
    ctypes.string_at(0)


class Unpicklable(Exception):
    def __init__(self, code, path):
        super().__init__(f"code {code} for {path}")
        self.lock = threading.Lock()


class Broken(Exception):
    def __str__(self):
        raise ValueError


class NoException(BaseException):
    pass


ERRORS = {
    "plain": lambda: ValueError("bad value\nand more of it"),
    "empty": KeyError,
    "unpicklable": lambda: Unpicklable(7, "/here"),
    "broken": Broken,
    "base": lambda: NoException("out of here"),
    "interrupt": KeyboardInterrupt,
    "surrogate": lambda: OSError("no file \udc80"),
}


def raise_error(parameters, report):
    raise ERRORS[parameters["error"]]()


# --- output, environment, values


def print_everywhere(parameters, report):
    word = parameters["word"]
    print(word, "print", end="")
    print(word, "stderr", end="", file=sys.stderr)
    os.write(1, f"{word} fd 1".encode())
    os.write(2, f"{word} fd 2".encode())
    subprocess.run(["echo", f"{word} subprocess"], check=True)
    ctypes.CDLL(None).printf(f"{word} C".encode())


def close_output(parameters, report):
    sys.stdout.close()
    sys.stderr = None


def replace_output(parameters, report):
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115


def leave_folder(parameters, report):
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    shutil.rmtree(folder)


def note_folder(parameters, report):
    note(parameters, Path.cwd())


def note_environment(parameters, report):
    note(parameters, json.dumps(dict(os.environ)))


def note_environment_beside(parameters, report):
    """Ends once the other trial has noted its own: the two run at the same time."""
    note_environment(parameters, report)
    while not Path(parameters["other"]).exists():
        time.sleep(0.01)


VALUES = {
    "float32": np.float32(0.5),
    "int": 2,
    "array": np.array(3.0),
    "decimal": Decimal("0.25"),
    "nan": float("nan"),
    "text": "high",
    "none": None,
    "list": [1, 2],
    "complex": 1j,
    "huge": 10**400,
}


def report_values(parameters, report):
    report(VALUES)
    report({"a name \udc80": 1.0}, score=2.0)


def note_times(parameters, report):
    start = time.monotonic()
    time.sleep(0.1)  # its work
    note(parameters, json.dumps([start, time.monotonic()]))


def report_nan(parameters, report):
    report(score=float("nan"))


def report_infinity(parameters, report):
    report(score=float("inf"))


def report_text(parameters, report):
    report(score="high")


def report_other(parameters, report):
    report(scores=1.0, loss=2.0)


# --- models


def return_model(parameters, report):
    report(score=1.0)
    return {"weights": [1.0, 2.0]}


def return_none(parameters, report):
    report(score=1.0)


class Deadly:
    """A model that cannot be written: what happens then is for its act to say."""

    def __init__(self, act):
        self.act = act

    def __getstate__(self):
        self.act({}, None)
        return {}


def return_model_that_kills(parameters, report):
    report(score=1.0)
    return Deadly(kill_itself)


def return_model_that_blocks(parameters, report):
    report(score=1.0)
    return Deadly(block_in_c)


def return_model_that_exits(parameters, report):
    report(score=1.0)
    return Deadly(exit_softly)


def report_and_block(parameters, report):
    report(score=7.0)
    block_in_c(parameters, report)


def report_and_wait(parameters, report):
    """Reports, and goes on only once there is a file beside its note."""
    report(score=1.0)
    note(parameters, os.getpid())
    while not Path(f"{parameters['note']}.go").exists():
        time.sleep(0.01)
    report(score=2.0)


def train_until_told(parameters, report):
    model = {"weights": [1.0]}
    try:
        while True:
            report(score=7.0)
            threading.Event().wait(0.05)  # trains
    except TrialTerminated:
        return model


def return_open_file(parameters, report):
    report(score=1.0)
    return open(__file__)  # noqa: PTH123


# --- using too much


def flood(parameters, report):
    """Prints numbered lines without end, or so many."""
    for number in range(int(parameters.get("n", 10**9))):
        print("line", number, "x" * 100)
    sys.exit("that was all")


def flood_without_newlines(parameters, report):
    for _ in range(300):
        os.write(1, b"x" * 100_000)
    os.write(1, b"the end")
    sys.exit("that was all")


def flood_late(parameters, report):
    """Leaves a thread that prints without end after the trial."""

    def run():
        while True:
            os.write(1, b"late\n" * 10_000)

    threading.Thread(target=run, daemon=True).start()


def hold(parameters, report):
    """Holds so many bytes, itself or in a process that it starts, for ever."""
    if parameters.get("where") == "grandchild":
        code = f"kept = b'x' * {parameters['bytes']}; import time; time.sleep(3600)"
        subprocess.run([sys.executable, "-c", code], check=True)
    kept = b"x" * parameters["bytes"]
    note(parameters, "holds")
    if parameters.get("for_ever"):
        block_in_c(parameters, report)
    report(score=len(kept))


def map_file(parameters, report):
    """Maps a file of so many bytes, and reads it all, for a while."""
    path = Path(parameters["note"]).with_suffix(".data")
    with path.open("wb") as file:
        file.truncate(parameters["bytes"])
    total = int(np.memmap(path, dtype=np.uint8, mode="r").sum())
    time.sleep(parameters["seconds"])  # in which it is looked at
    report(score=total)


_kept = []


def keep_after_the_end(parameters, report):
    _kept.append(b"x" * parameters["bytes"])
    note_pid(parameters, report)


# --- full disks


def fill_disk(parameters, report):
    with open("/dev/full", "w") as file:  # noqa: PTH123
        file.write("x")


def limit_files(parameters, report):
    """From now on files cannot be longer than so many bytes, as on a disk that is nearly full."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (parameters["bytes"], most))
    report(score=1.0)
    for number in range(parameters["lines"]):
        print("line", number)
    return {"weights": [1.0] * 10_000}


def lift_limit(parameters, report):
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    report(score=1.0)


def end_by(parameters, report):
    os.kill(os.getpid(), getattr(signal, parameters["signal"]))
    signal.pause()


def die_once(parameters, report):
    """Reports, and is killed as often as its note has lines left."""
    path = Path(parameters["note"])
    attempts = len(path.read_text().splitlines()) if path.exists() else 0
    with path.open("a") as file:
        file.write("attempt\n")
    report(score=float(attempts))
    if attempts < parameters["deaths"]:
        kill_itself(parameters, report)
    if parameters.get("then") == "fail":
        fail(parameters, report)
    report(score=10.0)


def ignore_signals(parameters, report):
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    print_and_block(parameters, report)
