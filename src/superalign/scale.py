"""One ordered map, inline or over processes: what a study spreads over seeds and arms.

Processes are spawned, so they inherit neither locks nor a loaded torch, and have one thread each
unless `OMP_NUM_THREADS` says otherwise.
"""

from __future__ import annotations

import os
import pickle
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing import connection, get_context, parent_process, resource_tracker
from threading import Lock, Thread, current_thread, main_thread
from types import FrameType
from typing import Any, Literal, TypeAlias, TypeVar

from superalign.errors import BadInput
from superalign.progress import Progress

A = TypeVar("A")
R = TypeVar("R")

OnEvent: TypeAlias = Callable[[int, str, tuple[Any, ...]], None]
"""Called with an item's index, the name of a method of `Progress`, and its arguments."""

_SPAWN = get_context("spawn")
_QUIET = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
"""What a worker's torch finds when it loads: threads that spin starve the other workers."""
_FAREWELL = 5.0
"""Seconds that a worker with nothing left to do has to end by itself."""


class Told(Progress):
    """Hands on what it is told, as a method's name and its arguments."""

    def __init__(self, tell: Callable[[str, tuple[Any, ...]], None]) -> None:
        self._tell = tell

    def begin(self, stage: str, total: int | None = None) -> None:
        self._tell("begin", (stage, total))

    def advance(self, steps: int = 1) -> None:
        self._tell("advance", (steps,))

    def row(self, values: Mapping[str, Any]) -> None:
        self._tell("row", (dict(values),))

    def say(self, line: str) -> None:
        self._tell("say", (line,))


OnDone: TypeAlias = Callable[[int], None]
"""Called with the index of an item whose result is there."""


def _ignore(*_: Any) -> None:
    """Take no notice."""


def spread(
    work: Callable[[A, Progress], R],
    items: Sequence[A],
    *,
    workers: int = 1,
    on_event: OnEvent = _ignore,
    on_done: OnDone = _ignore,
) -> list[R]:
    """Return `work(item, progress)` of each item, in the order of the items.

    Items start in their order, `workers` at a time; a worker that is done takes the next. With
    one worker, or one item, everything happens here; else `work` must stand on the top level of a
    module, and items and results must pickle. What an item says on its progress reaches `on_event`
    in the calling thread, and `on_done` hears that it is done. The first exception stops the other
    workers and is raised here as it was there; an interrupt stops them too, and they die with this
    process even if it is killed.

    Raises:
        BadInput: If there are fewer workers than one.
        RuntimeError: If a worker dies, for instance because memory ran out.
    """
    if workers < 1:
        raise BadInput(f"workers is {workers}; at least 1 is needed")
    workers = min(workers, len(items))
    if workers > 1:
        return _over_processes(work, items, workers, on_event, on_done)
    found = []
    for index, item in enumerate(items):
        found.append(work(item, Told(partial(on_event, index))))
        on_done(index)
    return found


def _over_processes(
    work: Callable[[A, Progress], R],
    items: Sequence[A],
    workers: int,
    on_event: OnEvent,
    on_done: OnDone,
) -> list[R]:
    results: dict[int, R] = {}
    pending = deque(enumerate(items))
    busy: dict[Any, _Worker] = {}
    with _crew(workers) as idle:
        while pending or busy:
            while pending and idle:
                worker = idle.pop(0)
                worker.give(work, *pending.popleft())
                busy[worker.channel] = worker
            for channel in connection.wait(busy):
                worker = busy[channel]
                kind, said = worker.hear()
                if kind == "event":
                    on_event(worker.index, *said)
                elif kind == "error":
                    raise said
                else:
                    results[worker.index] = said
                    idle.append(busy.pop(channel))
                    on_done(worker.index)
    return [results[index] for index in range(len(items))]


class _Worker:
    """A process, the pipe to it, and the index of the item it has in hand."""

    def __init__(self) -> None:
        self.index = -1
        self.channel, self._there = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_serve, args=(self._there,))

    def start(self) -> None:
        self.process.start()
        self._there.close()

    @property
    def started(self) -> bool:
        """Whether there is a process to wait for."""
        return self.process.pid is not None

    def give(self, work: Callable[[A, Progress], R], index: int, item: A) -> None:
        self.index = index
        call = pickle.dumps((work, item))
        with self._alive():
            self.channel.send_bytes(call)

    def hear(self) -> tuple[Literal["event", "error", "result"], Any]:
        with self._alive():
            said: tuple[Literal["event", "error", "result"], Any] = self.channel.recv()
            return said

    @contextmanager
    def _alive(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, ConnectionError):
            self.process.join(_FAREWELL)
            code = self.process.exitcode
            why = "; memory may have run out" if code == -signal.SIGKILL else ""
            line = f"the worker on item {self.index} died with exit code {code}{why}"
            raise RuntimeError(line) from None


@contextmanager
def _crew(workers: int) -> Iterator[list[_Worker]]:
    """Start workers; at the end let them finish, or after an exception stop them.

    A worker is in the crew before it starts: this process waits at its exit for every process it
    started, so one that an exception kept out of the crew would hang it.
    """
    crew = [_Worker() for _ in range(workers)]
    finished = False
    try:
        with _deferred_interrupts(), _quiet_start():
            for worker in crew:
                worker.start()
        yield list(crew)
        finished = True
    finally:
        begun = [worker.process for worker in crew if worker.started]
        for worker in crew:
            worker.channel.close()
        if not finished:
            for process in begun:
                process.terminate()
        for process in begun:
            process.join(_FAREWELL)
            process.kill()
            process.join()


@contextmanager
def _deferred_interrupts() -> Iterator[None]:
    """Have an interrupt wait until the block ends, whichever thread the system gives it to.

    One that cuts a process's start short leaves a process that nobody knows.
    """
    handler = signal.getsignal(signal.SIGINT)
    if current_thread() is not main_thread() or not callable(handler):
        yield
        return
    caught: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda number, frame: caught.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if caught:
            handler(*caught[0])


@contextmanager
def _quiet_start() -> Iterator[None]:
    """Have processes start with quiet threads, and with interrupts left to their parent."""
    added = {name: value for name, value in _QUIET.items() if name not in os.environ}
    resource_tracker.ensure_running()  # Its first start would unblock the interrupts again.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _serve(channel: Any) -> None:
    """Work on what comes through `channel` until it closes. Runs in the worker."""
    Thread(target=_die_with_parent, daemon=True).start()
    one_at_a_time = Lock()

    def send(kind: str, said: object) -> None:
        with one_at_a_time:
            channel.send((kind, said))

    progress = Told(lambda method, args: send("event", (method, args)))
    while True:
        try:
            call = channel.recv_bytes()
        except EOFError:
            return
        try:
            work, item = pickle.loads(call)
            send("result", work(item, progress))
        except Exception as error:  # noqa: BLE001 - the parent raises it
            send("error", _portable(error))


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _portable(error: Exception) -> Exception:
    """Return `error`, its traceback noted, or what can be said of it if it does not pickle."""
    error.add_note("".join(traceback.format_exception(error)).rstrip())
    try:
        again = pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - a class of the user's may refuse in any way
        again = None
    if type(again) is type(error) and str(again) == str(error):
        return error
    told = RuntimeError(f"{type(error).__name__}: {error}")
    told.add_note(error.__notes__[-1])
    return told
