"""Where finished steps are kept: a run's ledger, or the memory of this process."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from superalign.records import digest


class Once(Protocol):
    """Does a step once; a `Ledger` does so across processes."""

    async def once(self, step: str, key: object, make: Callable[[], Awaitable[Any]]) -> Any:
        """Return the kept result of `step` for `key`, or make and keep it; a failure is not kept.

        Whoever asks while it is made waits for it.
        """
        ...


class Memory:
    """Keeps results while the process lives."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}
        self._running: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def once(self, step: str, key: object, make: Callable[[], Awaitable[Any]]) -> Any:
        """Return the kept result of `step` for `key`, or make and keep it."""
        name = digest("once", step, key)
        async with self._running[name]:
            if name not in self._kept:
                self._kept[name] = json.dumps(await make())
        return json.loads(self._kept[name])
