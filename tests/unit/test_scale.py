"""The ordered map: same results wherever it runs, and no worker outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from superalign.errors import BadInput
from superalign.scale import spread


def square(item, progress):
    progress.begin(f"item {item}", total=2)
    progress.advance()
    progress.row({"item": item})
    progress.say("half way")
    with progress.stage("rest"):
        progress.advance(steps=3)
    return item, item * item / 3


def surroundings(item, progress):
    return os.getpid(), os.environ["OMP_NUM_THREADS"], os.environ["OMP_WAIT_POLICY"]


def meet(folder, progress):
    """Wait until the file of the other item is there; hang if it never starts beside this one."""
    progress.begin(folder.name)
    folder.mkdir()
    other = {"a": "b", "b": "a"}.get(folder.name, folder.name)
    while not (folder.parent / other).exists():
        time.sleep(0.01)
    return folder.name


class AwkwardError(Exception):
    def __init__(self, code, reason):
        super().__init__(f"{code}: {reason}")


def fail(item, progress):
    if item == "bad input":
        raise BadInput("rows.jsonl, row 3: field 'answer' is missing")
    if item == "awkward":
        raise AwkwardError(7, "no luck")
    if item == "result":
        return lambda: None
    if item == "exit":
        os._exit(3)
    time.sleep(600)
    return None


def events_of(workers):
    events = {}

    def on_event(index, method, args):
        events.setdefault(index, []).append((method, args))

    done = []
    found = spread(square, [5, 3, 4], workers=workers, on_event=on_event, on_done=done.append)
    assert sorted(done) == [0, 1, 2]
    return found, events


def test_results_and_events_are_the_same_inline_and_over_processes():
    results, events = events_of(1)
    assert results == [(5, 25 / 3), (3, 3.0), (4, 16 / 3)]
    assert list(events) == [0, 1, 2]
    assert events[1] == [
        ("begin", ("item 3", 2)),
        ("advance", (1,)),
        ("row", ({"item": 3},)),
        ("say", ("half way",)),
        ("begin", ("rest", None)),
        ("advance", (3,)),
    ]
    assert events_of(2) == (results, events)


def test_no_items_have_no_results():
    assert spread(square, [], workers=3) == []


def test_one_worker_stays_in_this_process():
    assert [pid for pid, *_ in spread(surroundings, [1, 2])] == [os.getpid()] * 2


def test_workers_have_one_quiet_thread_and_this_process_keeps_its_setting(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    first, second = spread(surroundings, [1, 2], workers=2)
    assert first[1:] == second[1:] == ("1", "ACTIVE")
    assert len({first[0], second[0], os.getpid()}) == 3
    assert "OMP_NUM_THREADS" not in os.environ


def test_the_first_items_start_together_and_before_the_others(tmp_path):
    begun = []
    results = spread(
        meet,
        [tmp_path / name for name in "abcd"],
        workers=2,
        on_event=lambda index, method, args: begun.append(index),
    )
    assert results == list("abcd")
    assert set(begun[:2]) == {0, 1}


@pytest.mark.parametrize(
    ("item", "kind", "line"),
    [
        ("bad input", BadInput, "rows.jsonl, row 3: field 'answer' is missing"),
        ("awkward", RuntimeError, "AwkwardError: 7: no luck"),
        ("exit", RuntimeError, "the worker on item 1 died with exit code 3"),
    ],
)
def test_an_exception_of_a_worker_stops_the_others_and_is_raised_here(item, kind, line):
    with pytest.raises(kind) as caught:
        spread(fail, ["sleep", item], workers=2)
    assert type(caught.value) is kind
    assert str(caught.value) == line


def test_an_exception_says_where_in_the_worker_it_was_raised():
    with pytest.raises(BadInput) as caught:
        spread(fail, ["sleep", "bad input"], workers=2)
    assert "in fail" in caught.value.__notes__[0]


def test_a_result_that_cannot_travel_is_an_error_and_no_hang():
    with pytest.raises(Exception, match="pickle"):
        spread(fail, ["sleep", "result"], workers=2)


def test_an_exception_of_the_listener_stops_the_workers():
    def on_event(index, method, args):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        spread(square, [1, 2, 3], workers=2, on_event=on_event)


@pytest.mark.parametrize("workers", [0, -1])
def test_too_few_workers_is_one_line(workers):
    with pytest.raises(BadInput, match=f"workers is {workers}; at least 1 is needed"):
        spread(square, [1], workers=workers)


SLEEPERS = """
import multiprocessing.process, os, signal, sys, threading, time
from superalign.scale import spread

def sleep(item, progress):
    progress.say("asleep")
    time.sleep(600)

def tell(index, method, args):
    sys.stdout.write(f"{index} asleep\\n")
    sys.stdout.flush()

def interrupted_start(process, start=multiprocessing.process.BaseProcess.start):
    start(process)
    os.kill(os.getpid(), signal.SIGINT)

if __name__ == "__main__":
    # A shell that starts the tests in the background has them ignore interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "threads" in sys.argv:
        threading.Thread(target=time.sleep, args=[600], daemon=True).start()
    if "start" in sys.argv:
        multiprocessing.process.BaseProcess.start = interrupted_start
    sys.stdout.write("starting\\n")
    sys.stdout.flush()
    spread(sleep, [1, 2], workers=2, on_event=tell)
"""
ASLEEP = {"0 asleep\n", "1 asleep\n"}


@pytest.fixture
def sleepers(tmp_path: Path, request):
    """A process with two workers in a group of its own; all hold its standard output open.

    Its parameters say whether it has `threads`, and whether it interrupts its own `start`.
    """
    script = tmp_path / "sleepers.py"
    script.write_text(SLEEPERS)
    process = subprocess.Popen(
        [sys.executable, str(script), *getattr(request, "param", "").split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout.readline() == "starting\n"
        yield process
        process.communicate(timeout=60)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def test_workers_die_when_their_parent_is_killed(sleepers):
    assert {sleepers.stdout.readline() for _ in range(2)} == ASLEEP
    sleepers.kill()
    assert sleepers.communicate(timeout=60) == ("", "")


def assert_the_parent_alone_reports(sleepers):
    _, errors = sleepers.communicate(timeout=60)
    assert errors.count("Traceback") == 1
    assert errors.endswith("KeyboardInterrupt\n")
    assert sleepers.returncode == -signal.SIGINT


@pytest.mark.parametrize("asleep", [False, True], ids=["while they start", "once they run"])
def test_an_interrupt_of_the_whole_group_is_reported_by_the_parent_alone(sleepers, asleep):
    if asleep:
        assert {sleepers.stdout.readline() for _ in range(2)} == ASLEEP
    os.killpg(sleepers.pid, signal.SIGINT)
    assert_the_parent_alone_reports(sleepers)


@pytest.mark.parametrize("sleepers", ["start", "start threads"], indirect=True)
def test_an_interrupt_just_after_a_worker_started_stops_it_too(sleepers):
    assert_the_parent_alone_reports(sleepers)
