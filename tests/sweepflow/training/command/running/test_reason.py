"""Why a command has failed, as its exit code and the end of its output tell."""

import pytest

from sweepflow.training.command.running.reason import Failure, why

TRACEBACK = """epoch 3
Traceback (most recent call last):
  File "/trial/code/train.py", line 3, in <module>
    main()
    ~~~~^^
  File "/trial/code/train.py", line 2, in main
    raise ValueError("no rows")
ValueError: no rows
"""
CHAINED = f"""{TRACEBACK}
During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/trial/code/train.py", line 9, in <module>
package.errors.TooBad: it has
two lines
"""
UNPARSABLE = """  File "/trial/code/train.py", line 1
    def (
        ^
SyntaxError: invalid syntax
"""
ENDED = "the command ended with exit code"


@pytest.mark.parametrize(
    ("code", "output", "reason"),
    [
        (3, "", f"{ENDED} 3"),
        (3, "epoch 1: loss 0.2\n", f"{ENDED} 3"),
        (1, TRACEBACK, "ValueError: no rows"),
        (3, TRACEBACK, "ValueError: no rows (exit code 3)"),
        (
            1,
            TRACEBACK.replace("ValueError: no rows", "ModuleNotFoundError: No module named 'mlflow'"),
            "ModuleNotFoundError: No module named 'mlflow': pip install 'sweepflow[mlflow]'",
        ),
        (
            1,
            TRACEBACK.replace("ValueError: no rows", "ModuleNotFoundError: No module named 'keras.layers'"),
            "ModuleNotFoundError: No module named 'keras.layers': "
            "install it in the environment that runs sweepflow, or have it in `trial.code`",
        ),
        (1, CHAINED, "package.errors.TooBad: it has"),
        (1, UNPARSABLE, "SyntaxError: invalid syntax"),
        (1, TRACEBACK.replace("ValueError: no rows", "KeyboardInterrupt"), "KeyboardInterrupt"),
        (1, TRACEBACK.replace("\n", "\r\n"), "ValueError: no rows"),
        (2, TRACEBACK + "goes on\n" * 20, f"{ENDED} 2"),  # an error that was printed and dealt with
        (127, "bash: line 1: foo: command not found\n", "bash: line 1: foo: command not found"),
        (126, "bash: line 1: ./a: Permission denied\n", "bash: line 1: ./a: Permission denied"),
        (127, "", f"{ENDED} 127"),
        (
            2,
            "usage: train.py [-h] [--lr LR]\ntrain.py: error: unrecognized arguments: --l\n",
            f"{ENDED} 2: train.py: error: unrecognized arguments: --l",
        ),
        (
            2,
            "python: can't open file '/trial/code/trian.py': [Errno 2] No such file or directory\n",
            f"{ENDED} 2: python: can't open file '/trial/code/trian.py': [Errno 2] No such file or directory",
        ),
        (
            1,
            "Error in library(nosuch) : there is no package called 'nosuch'\nExecution halted\n",
            f"{ENDED} 1: Error in library(nosuch) : there is no package called 'nosuch'",
        ),
        (200, "", f"{ENDED} 200"),
        (255, "", f"{ENDED} 255"),
    ],
)
def test_an_exit_code_is_told_with_the_error_that_was_printed_last(
    code: int, output: str, reason: str
) -> None:
    assert why(code, output) == Failure(reason, is_lost=False)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (-9, "SIGKILL (somebody killed it, or the system ran out of memory)"),
        (137, "SIGKILL (somebody killed it, or the system ran out of memory)"),
        (-11, "SIGSEGV (a crash in native code)"),
        (139, "SIGSEGV (a crash in native code)"),
        (-15, "SIGTERM (somebody ended it)"),
        (-63, "signal 63"),
    ],
)
def test_a_signal_is_named_whether_it_ended_the_shell_or_what_that_ran(code: int, reason: str) -> None:
    assert why(code, TRACEBACK) == Failure(f"the command was ended by {reason}", is_lost=True)
