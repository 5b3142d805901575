"""The slots of a running sweep, and the trials that are ready before there is one for them."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable


class Slots:
    """Hands a slot that becomes free to the trial that has waited longest; may be called from many threads.

    `may_start` is asked whenever a slot is to be handed over. Once it has said no, whoever waits, or comes to
    wait later, is told that there will be no slot.
    """

    def __init__(self, n: int, may_start: Callable[[], bool]) -> None:
        self._n_free = n
        self._may_start = may_start
        self.refused: list[int] = []
        """The trials that waited for a slot and got none."""
        self.taken: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        """The trials that have got a slot, for the threads that run them; None tells one to end."""
        self.ended: queue.SimpleQueue[int] = queue.SimpleQueue()
        """The trials that need no slot any more: these threads put in those that have run."""
        self.highest_given = -1
        """The highest number of a trial that has had a slot; -1 if none has."""
        self._is_closed = False
        self._waiting: deque[int] = deque()
        self._answers: dict[int, threading.Event] = {}
        self._holders: set[int] = set()
        self._lock = threading.Lock()

    def give(self, numbers: Iterable[int]) -> None:
        """Give each of these trials a slot, which the caller knows to be free."""
        with self._lock:
            for number in numbers:
                self._answers[number] = threading.Event()
                self._give(number)

    def queue(self, numbers: Iterable[int]) -> None:
        """Let these trials wait for a slot, in this order."""
        with self._lock:
            for number in numbers:
                self._answers[number] = threading.Event()
                self._waiting.append(number)
            self._hand_over()

    def begin(self, number: int) -> None:
        """Tell whoever waits for this trial that it runs in its slot."""
        self._answers[number].set()

    def wait(self, number: int) -> bool:
        """Wait until the trial runs in its slot; False if it gets none any more.

        True also if the trial has ended by now. Between getting a slot and running nobody is woken: the work
        that this sets off would delay the trial.
        """
        self._answers[number].wait()
        return number not in self.refused

    def free(self, number: int) -> None:
        """Take the slot back from a trial that has ended; for one that has none this does nothing."""
        with self._lock:
            if number in self._holders:
                self._holders.remove(number)
                self._n_free += 1
                self._hand_over()

    def forget(self, number: int) -> None:
        """Keep nothing more of a trial that has ended, and for which nobody waits any longer."""
        with self._lock:
            self._answers.pop(number, None)

    def close(self) -> None:
        """Hand over no more slots."""
        with self._lock:
            self._is_closed = True
            self._hand_over()

    def _hand_over(self) -> None:
        # Each waits until it has its answer: an interrupt in between must not leave it without one.
        while self._waiting and not self._is_closed and self._n_free > 0:
            if self._may_start():
                self._give(self._waiting[0])
                self._waiting.popleft()
            else:
                self._is_closed = True
        while self._waiting and self._is_closed:
            number = self._waiting[0]
            self.refused.append(number)
            self._answers[number].set()
            self.ended.put(number)
            self._waiting.popleft()

    def _give(self, number: int) -> None:
        self._n_free -= 1
        self.highest_given = max(self.highest_given, number)
        self._holders.add(number)
        self.taken.put(number)
