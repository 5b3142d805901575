"""Messages over a real socket pair."""

import socket
import threading
import time

import pytest

from sweepflow.workers.local.channel import Channel


@pytest.fixture
def line():
    """A channel, and the bare socket at its other end."""
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    yield channel, theirs
    channel.close()
    theirs.close()


@pytest.fixture
def ends():
    """The two channels of one line."""
    first, second = (Channel(end) for end in socket.socketpair())
    yield first, second
    first.close()
    second.close()


def soon():
    return time.monotonic() + 30


def past():
    return time.monotonic() - 1


def test_messages_arrive_whole_and_in_order(ends):
    first, second = ends
    sent = [{"text": "a\nb", "number": 1.5}, {"nested": {"none": None}}, {"ü": "\ud800"}]
    for message in sent:
        first.send(message)
    assert [second.receive(soon()) for _ in sent] == sent


def test_a_message_may_come_in_packets_of_any_size(line):
    channel, theirs = line
    packets = [bytes([byte]) for byte in b'{"a": "\\u00e9"}\n'] + [b'{"b": 2}\n{"c"', b": 3", b"}\n"]
    writer = threading.Thread(target=lambda: [theirs.sendall(packet) for packet in packets])
    writer.start()
    assert [channel.receive(soon()) for _ in range(3)] == [{"a": "é"}, {"b": 2}, {"c": 3}]
    writer.join()


def test_a_message_larger_than_any_buffer_arrives(ends):
    first, second = ends
    message = {"text": "x" * 3_000_000}
    writer = threading.Thread(target=first.send, args=(message,))
    writer.start()
    assert second.receive(soon()) == message
    writer.join()


def test_the_line_carries_both_ways_at_once(ends):
    first, second = ends
    first.send({"kind": "question"})
    second.send({"kind": "answer"})
    assert first.receive(soon()) == {"kind": "answer"}
    assert second.receive(soon()) == {"kind": "question"}


def test_nan_and_infinity_pass(ends):
    first, second = ends
    first.send({"nan": float("nan"), "inf": float("-inf")})
    message = second.receive(soon())
    assert message["nan"] != message["nan"]
    assert message["inf"] == float("-inf")


@pytest.mark.parametrize("begun", [b"", b'{"half": '])
def test_a_deadline_that_passes_before_a_whole_message_is_an_error(line, begun):
    channel, theirs = line
    theirs.sendall(begun)
    with pytest.raises(TimeoutError):
        channel.receive(time.monotonic() + 0.02)


def test_what_was_received_before_a_deadline_is_not_lost(line):
    channel, theirs = line
    theirs.sendall(b'{"half": ')
    with pytest.raises(TimeoutError):
        channel.receive(time.monotonic() + 0.02)
    theirs.sendall(b"1}\n")
    assert channel.receive(soon()) == {"half": 1}


def test_a_message_that_has_come_is_given_even_after_the_deadline(line):
    channel, theirs = line
    theirs.sendall(b'{"a": 1}\n{"b": 2}\n')
    assert channel.receive(soon()) == {"a": 1}
    assert channel.receive(past()) == {"b": 2}


@pytest.mark.parametrize("seconds", [50 * 86400, 1e10])
def test_a_deadline_may_be_centuries_away(line, seconds):
    channel, theirs = line
    theirs.sendall(b'{"a": 1}\n')
    assert channel.receive(time.monotonic() + seconds) == {"a": 1}


def test_a_long_wait_goes_on_until_the_message_comes(line, monkeypatch):
    monkeypatch.setattr("sweepflow.workers.local.channel._LONGEST_WAIT", 0.01)
    channel, theirs = line
    writer = threading.Timer(0.1, theirs.sendall, args=(b'{"a": 1}\n',))
    writer.start()
    assert channel.receive(soon()) == {"a": 1}
    writer.join()


def test_what_was_sent_before_the_other_end_hung_up_still_arrives(line):
    channel, theirs = line
    theirs.sendall(b'{"a": 1}\n{"b": 2}\n{"half": ')
    theirs.close()
    assert channel.receive(soon()) == {"a": 1}
    assert channel.receive(soon()) == {"b": 2}
    assert channel.receive(soon()) is None
    assert channel.receive(soon()) is None


def test_what_had_come_before_this_end_hung_up_can_still_be_received(line):
    channel, theirs = line
    theirs.sendall(b'{"a": 1}\n')
    channel.hang_up()
    assert channel.receive(soon()) == {"a": 1}
    assert channel.receive(soon()) is None


def test_hanging_up_wakes_a_thread_that_waits_without_a_deadline(line):
    channel, _ = line
    received = []
    waiter = threading.Thread(target=lambda: received.append(channel.receive()))
    waiter.start()
    channel.hang_up()
    waiter.join(timeout=30)
    assert received == [None]


def test_an_end_that_left_our_message_unread_counts_as_gone(line):
    channel, theirs = line
    channel.send({"a": 1})
    theirs.close()
    assert channel.receive(soon()) is None


def test_sending_to_an_end_that_has_gone_is_an_error(line):
    channel, theirs = line
    theirs.close()
    with pytest.raises(OSError, match="Broken pipe"):
        channel.send({"a": 1})


def test_hanging_up_twice_does_no_harm(line):
    channel, _ = line
    channel.hang_up()
    channel.hang_up()
    assert channel.receive(soon()) is None


def test_a_line_is_open_until_the_other_end_is_gone_and_all_is_received(line):
    channel, theirs = line
    assert channel.is_open()
    theirs.sendall(b'{"a": 1}\n{"b": 2}\n')
    theirs.close()
    assert channel.is_open()
    channel.receive(soon())
    assert channel.is_open()
    channel.receive(soon())
    assert not channel.is_open()
