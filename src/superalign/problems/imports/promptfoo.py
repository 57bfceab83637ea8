"""promptfoo's results: the JSON of an evaluation, or its JSONL with one result a line.

Results as promptfoo writes them (github.com/promptfoo/promptfoo, `EvaluateResult` in
`src/types/index.ts`): `results.results` in JSON of all versions. A red team's result says in its
metadata which plugin wrote the attack and which strategy disguised it; where a provider went on
attacking by itself, the prompt that came through is in `response.prompt` or `redteamFinalPrompt`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from superalign.errors import BadInput
from superalign.problems.imports.entries import Entry, Fields, Found, called, tags, within, word
from superalign.problems.rows import Row
from superalign.records import Message, Reply

GRADER = "promptfoo"
ERROR = 2
"""`failureReason` of a test that broke: nothing was judged."""
_ROLES = ("system", "user", "assistant")


def results_of(document: Fields) -> Sequence[Any] | None:
    """Return the results in a JSON document of promptfoo's, or None if it is none."""
    found = document.get("results")
    if isinstance(found, Mapping):
        found = found.get("results")
    return found if isinstance(found, list) else None


def read_promptfoo(rows: Sequence[Row]) -> Found:
    """Read results; one whose prompt holds no text is passed over.

    Raises:
        BadInput: If a result has no prompt.
    """
    found = Found()
    for row in rows:
        turns = _turns(row)
        if turns and turns[-1].role == "user" and turns[-1].text.strip():
            found.entries.append(_entry(row.fields, turns))
        else:
            found.passed += 1
    return found


def _entry(result: Fields, turns: Sequence[Message]) -> Entry:
    metadata = _metadata(result)
    named = {
        "attack": word(metadata, "strategyId"),
        "plugin": word(metadata, "pluginId"),
        "category": word(metadata, "harmCategory"),
    }
    return Entry(
        prompt=turns[-1].text,
        earlier=tuple(turns[:-1]),
        twin=word(metadata, "originalText"),
        tags=(*tags("promptfoo", **named), *_call(result)),
        replies=_replies(result),
        model=_provider(result),
    )


def _metadata(result: Fields) -> Fields:
    return {**within(result, "testCase", "metadata"), **within(result, "metadata")}


def _call(result: Fields) -> tuple[str, ...]:
    """Return what promptfoo's grader said; a test that broke was not graded."""
    passed = result.get("success")
    if not isinstance(passed, bool) or result.get("failureReason") == ERROR:
        return ()
    return (called(GRADER, not passed),)


def _turns(row: Row) -> list[Message]:
    """Return the attack as it reached the model; else the prompt as it was rendered."""
    result = row.fields
    final = word(within(result, "response", "metadata"), "redteamFinalPrompt")
    final = final or word(_metadata(result), "redteamFinalPrompt")
    said = within(result, "response").get("prompt") or final or _injected(result)
    if not said:
        said = result.get("prompt")
        said = said.get("raw") if isinstance(said, Mapping) else said
    if isinstance(said, str):
        return _messages(_parsed(said)) or [Message(role="user", text=said)]
    if isinstance(said, list):
        return _messages(said)
    raise BadInput(f"{row.place}: field 'prompt.raw' holds no text")


def _injected(result: Fields) -> str:
    """Return the variable that a red team writes its attack into, where one can be told."""
    values = within(result, "vars")
    if not word(_metadata(result), "pluginId"):
        return ""
    texts = [v for v in values.values() if isinstance(v, str)]
    return word(values, "prompt") or (texts[0] if len(texts) == 1 else "")


def _parsed(said: str) -> Any:
    """Return the messages in a rendered prompt, which is often a chat as JSON."""
    if not said.lstrip().startswith("["):
        return None
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        return None


def _messages(found: Any) -> list[Message]:
    chat = found if isinstance(found, list) else []
    whole = all(isinstance(m, Mapping) and m.get("role") in _ROLES for m in chat)
    return [Message(role=m["role"], text=word(m, "content")) for m in chat] if whole else []


def _replies(result: Fields) -> tuple[Reply, ...]:
    response = within(result, "response")
    said, error = response.get("output"), response.get("error") or result.get("error")
    if isinstance(said, dict | list):
        said = json.dumps(said, ensure_ascii=False)
    if isinstance(said, str):
        refused = response.get("isRefusal") is True and not said
        return (Reply(text=said, stop="refused" if refused else "end"),)
    return (Reply(text="", stop="error", error=str(error)),) if error else ()


def _provider(result: Fields) -> str:
    stated = result.get("provider")
    return word(stated, "id") if isinstance(stated, Mapping) else str(stated or "")
