import os
import stat

import pytest

from sweepflow.workers import log

MOST, KEPT = 15_000_000, 10_000_000


def lines(first, last):
    return b"".join(b"line %d\n" % number for number in range(first, last + 1))


def test_a_log_of_fifteen_megabytes_is_left_alone_and_a_longer_one_is_cut(tmp_path):
    file = tmp_path / "log.txt"
    file.write_bytes(b"x" * MOST)
    assert not log.is_too_long(file)
    log.cut(file)
    assert file.stat().st_size == MOST
    file.write_bytes(b"x" * (MOST + 1))
    assert log.is_too_long(file)
    log.cut(file)
    assert not log.is_too_long(file)


def test_a_log_that_is_not_there_is_not_too_long(tmp_path):
    assert not log.is_too_long(tmp_path / "log.txt")


def test_whole_lines_are_kept_behind_the_number_of_bytes_that_are_gone(tmp_path):
    file = tmp_path / "log.txt"
    whole = lines(1, 1_500_000)  # 6 to 12 bytes each, 18 MB
    file.write_bytes(whole)
    log.cut(file)
    notice, _, kept = file.read_bytes().partition(b"\n")
    assert whole.endswith(b"\n" + kept)
    assert KEPT - 13 < len(kept) <= KEPT
    assert notice == b"[%d bytes of output were left out here]" % (len(whole) - len(kept))


def test_a_second_cut_counts_what_the_first_has_dropped(tmp_path):
    file = tmp_path / "log.txt"
    first, second = lines(1, 1_500_000), lines(1_500_001, 3_000_000)
    file.write_bytes(first)
    log.cut(file)
    with file.open("ab") as more:
        more.write(second)
    log.cut(file)
    notice, _, kept = file.read_bytes().partition(b"\n")
    assert second.endswith(kept)
    n_gone = len(first) + len(second) - len(kept)
    assert notice == b"[%d bytes of output were left out here]" % n_gone


@pytest.mark.parametrize("end", [b"", b"\n", b"\n" + b"short\n" * 49])
def test_what_has_fewer_than_fifty_lines_is_kept_by_its_length(tmp_path, end):
    file = tmp_path / "log.txt"
    file.write_bytes(b"x" * 2 * MOST + end)
    log.cut(file)
    _, _, kept = file.read_bytes().partition(b"\n")
    assert kept == b"x" * (KEPT - len(end)) + end


def test_a_part_of_a_line_is_dropped_before_fifty_whole_ones(tmp_path):
    file = tmp_path / "log.txt"
    file.write_bytes(b"x" * 2 * MOST + b"\n" + b"short\n" * 50)
    log.cut(file)
    _, _, kept = file.read_bytes().partition(b"\n")
    assert kept == b"short\n" * 50


def test_who_appends_to_a_log_goes_on_after_the_cut(tmp_path):
    file = tmp_path / "log.txt"
    with file.open("ab", buffering=0) as writer:
        writer.write(b"x" * 2 * MOST)
        log.cut(file)
        writer.write(b"more")
    assert file.read_bytes()[-5:] == b"xmore"
    assert file.stat().st_size < MOST


def test_the_tail_is_the_last_fifty_lines(tmp_path):
    file = tmp_path / "log.txt"
    file.write_bytes(lines(1, 50))
    assert log.tail(file).splitlines() == [f"line {number}" for number in range(1, 51)]
    file.write_bytes(lines(1, 51))
    assert log.tail(file).splitlines() == [f"line {number}" for number in range(2, 52)]


def test_the_tail_of_one_endless_line_is_bounded(tmp_path):
    file = tmp_path / "log.txt"
    file.write_bytes(b"x" * 100_000 + b"end")
    tail = log.tail(file)
    assert len(tail) == 32_000
    assert tail.endswith("xend")


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (b"", ""),
        (b"a\tb\r\nc\n", "a\tb\nc"),
        (b"\x1b[31mred\x1b[0m \x07", r"\x1b[31mred\x1b[0m \x07"),
        (b"10%\r20%\n", r"10%\r20%"),
        ("grün \u202eleft\n".encode(), r"grün \u202eleft"),
        (b"no text \xff", r"no text \xff"),
    ],
)
def test_control_characters_of_the_tail_are_made_visible(tmp_path, printed, shown):
    file = tmp_path / "log.txt"
    file.write_bytes(printed)
    assert log.tail(file) == shown


def test_the_tail_of_no_log_is_empty(tmp_path):
    assert log.tail(tmp_path / "log.txt") == ""


def test_a_note_is_a_line_of_its_own_that_only_the_owner_can_read(tmp_path):
    file = tmp_path / "log.txt"
    log.note(file, "attempt 1 of 2")
    assert file.read_text() == "[attempt 1 of 2]\n"
    assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0


def test_a_note_that_the_disk_does_not_take_is_left_out():
    with open("/dev/full", "a"):  # noqa: PTH123  it is there
        log.note(os.path.join("/dev", "full"), "attempt 1 of 2")  # noqa: PTH118
