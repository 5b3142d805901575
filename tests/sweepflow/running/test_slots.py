"""The slots of a sweep, and the trials that wait for one."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from sweepflow.running.slots import Slots


def always():
    return True


def begin_all(slots):
    """Begin all that have a slot, as the threads of the slots do."""
    while not slots.taken.empty():
        slots.begin(slots.taken.get())


def runs(slots, number):
    begin_all(slots)
    return slots.wait(number)


def test_a_free_slot_is_handed_on_in_the_order_of_the_queue():
    slots = Slots(2, always)
    slots.give([0, 1])
    slots.queue([2, 3])
    with ThreadPoolExecutor() as threads:
        later = [threads.submit(slots.wait, number) for number in (3, 2)]
        slots.free(1)
        begin_all(slots)
        assert later[1].result()
        assert not later[0].done()
        slots.free(0)
        begin_all(slots)
        assert later[0].result()


def test_no_more_trials_hold_a_slot_than_there_are():
    slots = Slots(3, always)
    slots.give([0, 1, 2])
    held, most, lock = {0, 1, 2}, [3], threading.Lock()
    slots.queue(range(3, 200))

    def run(number):
        assert slots.wait(number)
        with lock:
            held.add(number)
            most.append(len(held))
            held.remove(number)
        slots.free(number)

    def begin():
        while (number := slots.taken.get()) is not None:
            slots.begin(number)

    with ThreadPoolExecutor(21) as threads:
        threads.submit(begin)
        done = threads.map(run, range(3, 200))
        held.clear()
        for number in range(3):
            slots.free(number)
        assert list(done) == [None] * 197
        slots.taken.put(None)
    assert max(most) <= 3


def test_a_slot_that_is_free_goes_to_a_trial_that_comes_later():
    slots = Slots(1, always)
    slots.give([0])
    slots.free(0)
    slots.queue([1])
    assert runs(slots, 1)


def test_freeing_twice_frees_one_slot():
    slots = Slots(1, always)
    slots.give([0])
    slots.queue([1, 2])
    slots.free(0)
    slots.free(0)
    slots.close()
    assert runs(slots, 1)
    assert not runs(slots, 2)


def test_once_no_trial_may_start_all_that_wait_and_come_later_are_refused():
    answers = [True, False, True]
    slots = Slots(1, lambda: answers.pop(0))
    slots.give([0])
    slots.queue([1, 2, 3])
    slots.free(0)
    assert runs(slots, 1)
    slots.free(1)
    assert [runs(slots, 2), runs(slots, 3)] == [False, False]
    slots.queue([4])
    assert not runs(slots, 4)
    assert slots.refused == [2, 3, 4]
    assert answers == [True]


def interrupted_at(n_lines, call):
    """Call this, interrupted at one of the lines that hand slots over; gives whether it was."""
    lines = count(1)

    def trace(frame, event, _):
        if frame.f_code.co_name not in ("_hand_over", "_give"):
            return None
        if event == "line" and next(lines) == n_lines:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_wherever_an_interrupt_comes_each_that_waits_gets_a_slot_or_is_refused():
    def hand_over_two_and_refuse_two():
        slots.free(0)
        slots.free(1)
        slots.close()

    for n_lines in count(1):
        slots = Slots(2, always)
        slots.give([0, 1])
        slots.queue([2, 3, 4, 5])
        was_interrupted = interrupted_at(n_lines, hand_over_two_and_refuse_two)
        slots.close()
        begin_all(slots)
        assert [number for number in (2, 3, 4, 5) if not slots._answers[number].is_set()] == []
        if not was_interrupted:
            break
    assert n_lines > 30
