"""The one door to httpx: search services by key, over connections that are kept open."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from superalign.critics.factuality.search.protocol import NOTHING_FOUND, SearchError
from superalign.errors import BadInput
from superalign.records import digest

if TYPE_CHECKING:
    import httpx

SERPER = "https://google.serper.dev"
CONCURRENCY, RETRIES, TIMEOUT = 32, 4, 60.0
"""Queries in flight, further attempts after a failed one, and seconds that one may take."""
BACKOFF = 0.5
"""Seconds before the second attempt; doubles with every further one."""
_REFUSED, _BUSY = (401, 402, 403), (408, 425, 429)


class _Web:
    """Sends JSON to one address and returns the JSON that comes back."""

    def __init__(self, url: str, headers: Mapping[str, str], backoff: float) -> None:
        self.url, self._headers, self._backoff = url, dict(headers), backoff
        self._line: tuple[asyncio.AbstractEventLoop, httpx.AsyncClient] | None = None

    async def post(self, body: Mapping[str, Any]) -> Any:
        """Ask until an answer comes or the attempts are used up.

        Raises:
            SearchError: If none came.
            BadInput: If the key is refused, so that no query will be answered.
        """
        import httpx

        why = ""
        for attempt in range(RETRIES + 1):
            try:
                answer = await self._client().post(self.url, json=dict(body))
            except httpx.HTTPError as error:
                why = type(error).__name__
            else:
                if answer.status_code in _REFUSED:
                    raise BadInput(f"{self.url}: refuses the key (status {answer.status_code})")
                if answer.is_success:
                    return _json(answer, self.url)
                why = f"status {answer.status_code}"
                if answer.status_code < 500 and answer.status_code not in _BUSY:
                    break
            if attempt < RETRIES:
                await asyncio.sleep(self._backoff * 2.0**attempt * random.uniform(0.5, 1.5))
        raise SearchError(f"{self.url}: {why}")

    def _client(self) -> httpx.AsyncClient:
        """Return a client that belongs to the running event loop."""
        import httpx

        loop = asyncio.get_running_loop()
        if self._line is None or self._line[0] is not loop:
            limits = httpx.Limits(
                max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY
            )
            # Waiting for a free connection is no failure, however long the queue.
            timeout = httpx.Timeout(TIMEOUT, pool=None)
            client = httpx.AsyncClient(headers=self._headers, limits=limits, timeout=timeout)
            self._line = loop, client
        return self._line[1]


class Serper:
    """Web search by serper.dev, read as the published evaluation reads it."""

    def __init__(self, key: str = "", *, url: str = SERPER, backoff: float = BACKOFF) -> None:
        """Take the key, or SERPER_API_KEY.

        Raises:
            BadInput: If there is no key, or httpx is not installed.
        """
        key = key or os.environ.get("SERPER_API_KEY", "")
        if not key:
            raise BadInput("search serper: set SERPER_API_KEY")
        _installed()
        self._web = _Web(f"{url.rstrip('/')}/search", {"X-API-KEY": key}, backoff)
        self.id = digest("serper", url)

    async def search(self, query: str, k: int) -> str:
        """Return answer box, knowledge graph and the first `k` results as one text."""
        asked = {"q": query, "gl": "us", "hl": "en", "num": max(k, 10)}
        found = await self._web.post(asked)
        return " ".join(_serper(found if isinstance(found, dict) else {}, k)) or NOTHING_FOUND


class SearchModel:
    """A model that searches before it answers, behind an OpenAI-compatible endpoint.

    For instance one that takes `web_search_options`, or a gateway that searches by itself.
    """

    def __init__(self, model: str, *, url: str, key: str = "", backoff: float = BACKOFF) -> None:
        """Take the model's name, the endpoint's base URL and the key, or OPENAI_API_KEY.

        Raises:
            BadInput: If httpx is not installed.
        """
        _installed()
        key = key or os.environ.get("OPENAI_API_KEY", "")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._web = _Web(f"{url.rstrip('/')}/chat/completions", headers, backoff)
        self._model = model
        self.id = digest("search model", model, url)

    async def search(self, query: str, k: int) -> str:
        """Return what the model found."""
        asked = (
            f"Search for the following and report what the {k} best results state, in their own "
            f"words and without judging it.\n\n{query}"
        )
        found = await self._web.post(
            {
                "model": self._model,
                "messages": [{"role": "user", "content": asked}],
                "web_search_options": {},
            }
        )
        try:
            text = found["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError):
            raise SearchError(f"{self._web.url}: the answer is no chat completion") from None
        return " ".join(str(text or "").split()) or NOTHING_FOUND


def _installed() -> None:
    try:
        import httpx  # noqa: F401 - only whether it is there
    except ModuleNotFoundError as error:
        raise BadInput("searching the web needs: pip install 'superalign[search]'") from error


def _json(answer: httpx.Response, url: str) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise SearchError(f"{url}: the answer is not JSON") from None


def _serper(found: Mapping[str, Any], k: int) -> list[str]:
    """Return the texts of an answer in their order; what has another form is passed over."""
    box, graph, organic = (found.get(n) for n in ("answerBox", "knowledgeGraph", "organic"))
    texts: list[str] = []
    if isinstance(box, dict):
        texts += [_text(box.get(n)) for n in ("answer", "snippet", "snippetHighlighted")]
    if isinstance(graph, dict):
        title, kind = _text(graph.get("title")), _text(graph.get("type"))
        texts += [f"{title}: {kind}."] if title and kind else []
        texts += [_text(graph.get("description")), *_attributes(graph, title)]
    for result in organic[:k] if isinstance(organic, list) else []:
        if isinstance(result, dict):
            texts += [_text(result.get("snippet")), *_attributes(result, "")]
    return [t for t in texts if t]


def _attributes(entry: Mapping[str, Any], title: str) -> list[str]:
    named = entry.get("attributes")
    pairs = named.items() if isinstance(named, dict) else ()
    return [f"{title} {name}: {_text(value)}.".strip() for name, value in pairs]


def _text(value: object) -> str:
    """Return a text, or several texts as one; anything else is none."""
    if isinstance(value, list):
        return " ".join(v for v in map(_text, value) if v)
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
