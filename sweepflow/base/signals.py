"""The signals that end processes, in words."""

import signal

_LIKELY_CAUSES = {
    "SIGKILL": "somebody killed it, or the system ran out of memory",
    "SIGTERM": "somebody ended it",
    "SIGHUP": "somebody ended it",
    "SIGSEGV": "a crash in native code",
    "SIGABRT": "native code gave up",
    "SIGBUS": "a crash in native code, or a memory-mapped file that got shorter, or a full disk",
    "SIGFPE": "a division by zero in native code",
    "SIGILL": "native code built for another processor",
    "SIGTRAP": "a check in native code failed",
    "SIGSYS": "a system call that is forbidden here",
    "SIGPIPE": "it wrote to a process that had ended",
    "SIGXCPU": "it used more processor time than the system allows",
    "SIGXFSZ": "it wrote a larger file than the system allows",
}


def in_words(number: int) -> str:
    """The signal's name, and the likely cause if a process was ended by it."""
    name = next((known.name for known in signal.Signals if known == number), f"signal {number}")
    likely = _LIKELY_CAUSES.get(name)
    return name + (f" ({likely})" if likely else "")


def end_in_words(code: int) -> str:
    """How a process with this exit code has ended; minus the number of the signal, if one ended it."""
    return f"was ended by {in_words(-code)}" if code < 0 else f"ended with exit code {code}"
