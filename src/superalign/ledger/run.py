"""One run: what it is asked to do, what it has done, and how it goes on after a kill."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeAlias

from superalign.errors import BadInput
from superalign.ledger.export import export
from superalign.ledger.folder import held, read_json, settle, sweep, write_json, writing
from superalign.ledger.provenance import provenance
from superalign.ledger.store import FILE, Step, Store
from superalign.records import Episode, digest

JSON: TypeAlias = Any
"""Whatever `json` writes and reads back."""
_TICK = 1.0
"""Seconds between two records of the time worked, at least."""


class Ledger:
    """An open run directory; one process at a time holds it.

    Every method that writes raises `BadInput` with one line when the disk takes no more; what was
    recorded before stays, and the same command goes on from there.
    """

    def __init__(self, folder: Path, store: Store, held: ExitStack, worked: float = 0.0) -> None:
        self.folder = folder
        self._before, self._opened = worked, time.perf_counter()
        self._ticked = self._opened
        self._store = store
        self._held = held
        self._running: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @classmethod
    def open(cls, folder: Path, config: Mapping[str, Any], *, seed: int) -> Ledger:
        """Start a run in `folder`, or go on with the run of the same config and seed there.

        Raises:
            BadInput: If the folder belongs to another configuration (the first field that differs
                is named), is in use by a live process, or cannot be written.
        """
        with writing(folder), ExitStack() as stack:
            (folder / "policies").mkdir(parents=True, exist_ok=True)
            stack.enter_context(held(folder))
            settle(folder, {**config, "seed": seed})
            sweep(folder)
            sweep(folder / "policies")
            _sign(folder / "run.json", seed)
            store = stack.enter_context(closing(Store(folder)))
            return cls(folder, store, stack.pop_all(), store.worked())

    @classmethod
    def read_only(cls, folder: Path) -> Ledger:
        """Open a run to read it, also while another process works on it; writing is refused.

        Raises:
            BadInput: If `folder` holds no run or cannot be read.
        """
        if not (folder / FILE).is_file():
            raise BadInput(f"{folder} holds no run: there is no {FILE} in it")
        stack = ExitStack()
        store = stack.enter_context(closing(Store(folder, read_only=True)))
        return cls(folder, store, stack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another process have the directory. Closing twice is once."""
        self._held.close()

    @property
    def checkpoints(self) -> Path:
        """Where policies are kept, each in a folder named by its content."""
        return self.folder / "policies"

    def write(self, episodes: Iterable[Episode]) -> None:
        """Store episodes and their verdicts; what is stored already is not stored again."""
        self._store.add(episodes)

    def read(self, ids: Sequence[str] | None = None) -> list[Episode]:
        """Return episodes in the order asked or, without ids, in the order first written.

        Each carries the newest verdict of every critic that judged it in any step.

        Raises:
            KeyError: If an id is not in the ledger.
        """
        return self._store.find(ids)

    async def once(self, step: str, key: object, make: Callable[[], Awaitable[JSON]]) -> JSON:
        """Return the recorded result of `step` for `key`; make and record it if there is none.

        `key` is JSON or records and holds all that the result depends on. The record is written
        after everything that `make` wrote, so a kill at any moment costs this step alone; what
        `make` leaves on disk must therefore bear being made again. A first and a resumed run get
        the same value: the one that JSON gives back, with tuples as lists.
        """
        name = digest("once", step, key)
        async with self._running[name]:
            recorded = self._store.result(name)
            if recorded is None:
                start = time.perf_counter()
                recorded = json.dumps(await make())
                self._store.finish(_done(step, name, start), recorded, worked=self.seconds())
            return json.loads(recorded)

    async def play(
        self, step: str, key: object, make: Callable[[], Awaitable[list[Episode]]]
    ) -> list[Episode]:
        """As `once`, for a step that makes episodes: they and the step are one transaction.

        A resumed run gets back exactly what the first one got: order, repeats and verdicts, also
        where other steps judged the same episodes otherwise.
        """
        name = digest("play", step, key)
        async with self._running[name]:
            if self._store.result(name) is None:
                start = time.perf_counter()
                episodes = await make()
                result = json.dumps({"episodes": len(episodes)})
                done = _done(step, name, start)
                self._store.finish(done, result, episodes, worked=self.seconds())
            return self._store.played(name)

    def seconds(self) -> float:
        """Return how long processes have had the run open to write, this one up to now.

        Of one that was killed or stopped, the time up to its last step or `tick` counts.
        """
        return self._before + time.perf_counter() - self._opened

    def tick(self) -> None:
        """Record `seconds`, once a second at most; for a run whose steps are recorded elsewhere."""
        now = time.perf_counter()
        if now - self._ticked >= _TICK:
            self._ticked = now
            self._store.work(self.seconds())

    def steps(self) -> list[Step]:
        """Return the steps that are done, in the order recorded."""
        return self._store.steps()

    def export(self, path: Path, ids: Sequence[str] | None = None) -> int:
        """Write episodes to `path`, as `read` returns them, and return how many.

        The ending says the format: `.jsonl` has one episode per line, `.parquet` (needs pyarrow)
        a flat table with the whole episode as JSON in its last column.

        Raises:
            BadInput: If the ending is another, pyarrow is not there, or `path` cannot be written.
        """
        return export(self.read(ids), path)


def _done(step: str, key: str, start: float) -> Step:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Step(name=step, key=key, seconds=time.perf_counter() - start, at=at)


def _sign(path: Path, seed: int) -> None:
    """Add this process to those that worked on the run."""
    before = read_json(path)["processes"] if path.exists() else []
    write_json(path, {"processes": [*before, provenance(seed)]})
