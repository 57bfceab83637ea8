"""Turns many concurrent requests into few batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")


def by_length(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Return the indices of texts, shortest first, in batches of at most `tokens` once padded.

    A text longer than that is a batch by itself.
    """
    batches: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not batches or (len(batches[-1]) + 1) * lengths[i] > tokens:
            batches.append([])
        batches[-1].append(i)
    return batches


@dataclass(frozen=True, slots=True)
class _Pending(Generic[Ask, Answer]):
    ask: Ask
    future: asyncio.Future[Answer]


class Batcher(Generic[Ask, Answer]):
    """Gathers requests that wait at the same time and answers them in batches.

    Requests are sorted by `cost` (so that a batch holds requests of like length) and cut where the
    batch would hold more than `rows` rows. Which requests share a batch depends on nothing but the
    requests that were waiting, so the same requests give the same batches.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Ask]], Sequence[Answer]],
        *,
        rows: int,
        cost: Callable[[Ask], int],
        width: Callable[[Ask], int],
    ) -> None:
        self._answer, self._rows, self._cost, self._width = answer, rows, cost, width
        self._waiting: list[_Pending[Ask, Answer]] = []
        self._worker: asyncio.Task[None] | None = None

    async def submit(self, ask: Ask) -> Answer:
        """Wait for the answer to `ask`."""
        loop = asyncio.get_running_loop()
        pending: _Pending[Ask, Answer] = _Pending(ask, loop.create_future())
        self._waiting.append(pending)
        if self._worker is None or self._worker.done() or self._worker.get_loop() is not loop:
            self._worker = loop.create_task(self._drain())
        return await pending.future

    async def _drain(self) -> None:
        while await self._settled():
            taken, self._waiting = self._waiting, []
            for batch in self._cut(taken):
                await self._run(batch)

    async def _settled(self) -> int:
        """Give other tasks the chance to ask, until none does; return how many wait."""
        seen = -1
        while seen != len(self._waiting):
            seen = len(self._waiting)
            await asyncio.sleep(0)
        return seen

    def _cut(self, taken: list[_Pending[Ask, Answer]]) -> list[list[_Pending[Ask, Answer]]]:
        batches: list[list[_Pending[Ask, Answer]]] = []
        room = 0
        for pending in sorted(taken, key=lambda p: self._cost(p.ask)):
            width = self._width(pending.ask)
            if width > room:
                batches.append([])
                room = self._rows
            batches[-1].append(pending)
            room -= width
        return batches

    async def _run(self, batch: list[_Pending[Ask, Answer]]) -> None:
        try:
            answers = await asyncio.to_thread(self._answer, [p.ask for p in batch])
            answered = list(zip(batch, answers, strict=True))
        except Exception as error:  # noqa: BLE001 - whoever asked gets the error, whatever it is
            for pending in batch:
                if not pending.future.done():
                    pending.future.set_exception(error)
            return
        for pending, answer in answered:
            if not pending.future.done():
                pending.future.set_result(answer)
