"""Trials that cost nothing but their number: they sleep, or report steadily, or report without a pause."""

import time

from sweepflow import trainer


@trainer
def sleep(parameters, data, report):  # type: ignore[no-untyped-def]
    time.sleep(parameters["seconds"])
    report(score=parameters["x"])


@trainer
def chatter(parameters, data, report):  # type: ignore[no-untyped-def]
    """Reports at a steady pace, and at the end the longest that one of its reports has taken, in seconds."""
    longest = 0.0
    started = time.perf_counter()
    for number in range(int(parameters["reports"])):
        time.sleep(max(0.0, started + number / 10 - time.perf_counter()))
        sent = time.perf_counter()
        report(score=parameters["x"])
        longest = max(longest, time.perf_counter() - sent)
    report(longest_delay=longest)


@trainer
def talk(parameters, data, report):  # type: ignore[no-untyped-def]
    """Reports so many times without a pause."""
    for number in range(int(parameters["reports"])):
        report(score=parameters["x"] * number)
