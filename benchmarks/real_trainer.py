"""Trials that train for .3 to 1 s, and tell when they began and how long they trained."""

import time

from sweepflow import trainer
from workloads import WORKLOADS, digits

digits()  # once per worker, before its first trial


@trainer
def fit(parameters, data, report):  # type: ignore[no-untyped-def]
    began = time.time()
    score, seconds = WORKLOADS["fits"].train(parameters["number"], digits())
    report(score=score, began=began, training_seconds=seconds)
