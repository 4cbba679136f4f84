"""A server's output, read from marks."""

import threading

from harness.servers.log import ServerLog


def _log(*lines: str) -> ServerLog:
    log = ServerLog()
    for line in lines:
        log.append(line)
    return log


def test_what_came_before_a_mark_is_not_read_again() -> None:
    log = _log("old")
    mark = log.mark()
    assert log.since(mark) == ()
    log.append("new")
    log.append("newer")
    assert (log.since(mark), log.since(0), log.tail(2)) == (("new", "newer"), ("old", "new", "newer"), ("new", "newer"))


def test_the_first_line_since_the_mark_is_found_at_once() -> None:
    log = _log("a 1", "b 1", "a 2", "a 3")
    assert log.wait_for(lambda line: line.startswith("a"), mark=1, deadline_s=0) == "a 2"


def test_a_line_that_does_not_come_is_none_at_the_deadline() -> None:
    assert _log("a").wait_for(lambda line: line == "b", mark=0, deadline_s=0.01) is None


def test_a_line_that_comes_while_it_is_waited_for_is_found() -> None:
    log = _log("a")
    asked = threading.Event()

    def wanted(line: str) -> bool:
        asked.set()
        return line == "b"

    def later() -> None:
        asked.wait(5)
        log.append("b")

    thread = threading.Thread(target=later)
    thread.start()
    assert log.wait_for(wanted, mark=0, deadline_s=5) == "b"
    thread.join(5)


def test_the_end_of_the_output_ends_the_wait_with_what_is_there() -> None:
    log = _log("a")
    log.end()
    assert log.ended
    assert log.wait_for(lambda line: line == "b", mark=0, deadline_s=60) is None
    assert log.wait_for(lambda line: line == "a", mark=0, deadline_s=60) == "a"


def test_the_tail_of_a_short_log_is_all_of_it() -> None:
    assert _log("a").tail(15) == ("a",)
    assert _log().tail(15) == ()
