"""Models behind an endpoint: any OpenAI-compatible server, and the major providers.

A reply is paid for once: it is kept under the digest of model, endpoint, settings, messages and
sample seed. A request that fails is asked again, later and later; one sample that still fails
among many becomes a reply that says so, which critics leave unscored; an endpoint that fails at
the start, or again and again, stops the run with one line.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from superalign.errors import BadInput, Unreachable
from superalign.policies.provider import PROVIDERS, RequestError, ask, connect
from superalign.policies.replies import Paid, Replies, Spent
from superalign.records import Message, Reply, digest, seed_of

if TYPE_CHECKING:
    from inspect_ai.model import Model

LONGEST_WAIT = 60.0
"""Seconds between two attempts, at most, unless the endpoint asks for longer."""
PATIENCE = 16
"""Failures in a row after which an endpoint that did answer counts as gone."""


def is_remote(model: str) -> bool:
    """Return whether `model` names a provider's model, such as `openai/NAME`."""
    provider, slash, name = model.partition("/")
    return provider in PROVIDERS and bool(slash and name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Dollars per million tokens, as the user states them."""

    prompt: float
    completion: float

    def of(self, spent: Spent) -> float:
        """Return dollars."""
        return (spent.prompt_tokens * self.prompt + spent.completion_tokens * self.completion) / 1e6


@dataclass(slots=True, kw_only=True)
class Calls:
    """What a policy went through in this process."""

    asked: int = 0
    """Samples answered by the endpoint."""
    cached: int = 0
    """Samples answered from disk."""
    retries: int = 0
    failed: int = 0
    """Samples without an answer."""


class RemotePolicy:
    """A model behind an endpoint that speaks."""

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        temperature: float = 0.7,
        top_p: float | None = None,
        max_tokens: int = 1024,
        concurrency: int = 8,
        per_minute: float | None = None,
        retries: int = 4,
        backoff: float = 0.5,
        timeout: int = 120,
        cache: Path | None = None,
        price: Price | None = None,
    ) -> None:
        """Name a model as `provider/model`; nothing is sent before the first sample.

        Args:
            model: For instance `openai/NAME`.
            base_url: Where an OpenAI-compatible server listens; OPENAI_BASE_URL if unset.
            temperature: Sampling temperature.
            top_p: Nucleus mass, where the endpoint knows it.
            max_tokens: Tokens per reply, at most.
            concurrency: Requests in flight, at most.
            per_minute: Requests begun per minute, at most.
            retries: Further attempts after a failed one.
            backoff: Seconds before the second attempt; doubles with every further one.
            timeout: Seconds an attempt may take.
            cache: SQLite file of replies; without one nothing is kept.
            price: Turns token counts into dollars.

        Raises:
            BadInput: If `model` names no known provider.
        """
        if not is_remote(model):
            raise BadInput(f"{model}: not a remote model; write provider/name, as in openai/NAME")
        if base_url is None and model.startswith("openai/"):
            base_url = os.environ.get("OPENAI_BASE_URL") or None
        self.model, self.base_url = model, base_url
        self.price, self.calls = price, Calls()
        self._settings: dict[str, Any] = {"temperature": temperature, "max_tokens": max_tokens}
        if top_p is not None:
            self._settings["top_p"] = top_p
        self._concurrency, self._timeout = concurrency, timeout
        self._retries, self._backoff = retries, backoff
        self._pause = 60.0 / per_minute if per_minute else 0.0
        self._replies = Replies(cache) if cache else None
        self._line: _Line | None = None
        self._heard, self._streak, self._spent = False, 0, Spent()
        self.id = digest("remote", model, base_url or "", self._settings)

    async def sample(self, seen: Sequence[Message], *, n: int = 1, seed: int = 0) -> list[Reply]:
        """Return `n` replies; sample `i` depends on (seed, i), as far as the endpoint heeds seeds.

        Raises:
            Unreachable: If the endpoint does not answer usably at all.
            BadInput: If the provider's key or package is missing.
        """
        line = self._connected()
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._one(line, seen, seed_of(seed, i))) for i in range(n)
                ]
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        return [task.result() for task in tasks]

    @property
    def spent(self) -> Spent:
        """What the answers took: all that are in the cache file, or else those of this process."""
        return self._replies.spent(self.id) if self._replies else self._spent

    @property
    def dollars(self) -> float | None:
        """What the answers cost, or None where no price is known."""
        return self.price.of(self.spent) if self.price else None

    def _connected(self) -> _Line:
        """Return a line that belongs to the running event loop."""
        loop = asyncio.get_running_loop()
        if self._line is None or self._line.loop is not loop:
            model = connect(
                self.model,
                base_url=self.base_url,
                timeout=self._timeout,
                concurrency=self._concurrency,
            )
            self._line = _Line(loop, model, self._concurrency, self._pause)
        return self._line

    async def _one(self, line: _Line, seen: Sequence[Message], seed: int) -> Reply:
        key = digest(self.id, list(seen), seed)
        kept = self._replies.get(key) if self._replies else None
        if kept is not None:
            self.calls.cached += 1
            return kept.reply
        async with line.places:
            try:
                paid = await self._ask(line, seen, seed)
            except RequestError as failure:
                return self._failed(failure)
        self._count(paid)
        if self._replies:
            self._replies.put(key, self.id, paid)
        return paid.reply

    async def _ask(self, line: _Line, seen: Sequence[Message], seed: int) -> Paid:
        """Ask until an answer comes or the attempts are used up."""
        settings = {**self._settings, "seed": seed & 0x7FFFFFFF}
        for attempt in range(self._retries):
            await line.turn()
            try:
                return await ask(line.model, seen, settings=settings)
            except RequestError as failure:
                if not failure.again:
                    raise
                self.calls.retries += 1
                await asyncio.sleep(self._wait(attempt, failure.after))
        await line.turn()
        return await ask(line.model, seen, settings=settings)

    def _wait(self, attempt: int, after: float | None) -> float:
        """Return seconds to wait: doubling, spread out so that requests do not return together."""
        wait = min(LONGEST_WAIT, self._backoff * 2.0**attempt) * random.uniform(0.5, 1.5)
        return max(wait, after or 0.0)

    def _failed(self, failure: RequestError) -> Reply:
        """Return a reply that says why there is none.

        Raises:
            Unreachable: If the endpoint never answered, or has not for `PATIENCE` samples.
        """
        self.calls.failed += 1
        self._streak += 1
        if (failure.endpoint and not self._heard) or self._streak >= PATIENCE:
            where = self.base_url or "the provider's endpoint"
            raise Unreachable(f"{self.model}: no usable answer from {where}: {failure}")
        return Reply(text="", stop="error", error=str(failure))

    def _count(self, paid: Paid) -> None:
        self._heard, self._streak = True, 0
        self.calls.asked += 1
        self._spent = Spent(
            self._spent.answers + 1,
            self._spent.prompt_tokens + paid.prompt_tokens,
            self._spent.completion_tokens + paid.completion_tokens,
        )


class _Line:
    """A client with a cap on requests in flight and a pace, bound to one event loop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, model: Model, places: int, pause: float
    ) -> None:
        self.loop, self.model, self.pause = loop, model, pause
        self.places = asyncio.Semaphore(places)
        self._next = 0.0

    async def turn(self) -> None:
        """Wait until the pace allows another request."""
        now = self.loop.time()
        begin = max(now, self._next)
        self._next = begin + self.pause
        if begin > now:
            await asyncio.sleep(begin - now)
