"""Chat messages of a file, in the forms that APIs and logs write them, as turns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from superalign.errors import BadInput
from superalign.problems.transcripts.transcript import Turn

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]
ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "model": "assistant",
    "gpt": "assistant",
    "tool": "tool",
    "function": "tool",
    "environment": "tool",
}
"""Names of roles as files have them, and as they are here."""
_TEXTS = ("text", "reasoning", "refusal", "content")
"""Fields in which a part of a message holds words."""


def turns_of(messages: object, place: str) -> tuple[Turn, ...]:
    """Return the messages as turns; a single text is one of the user.

    A call of a tool stands in its turn's text, as `[calls NAME(ARGUMENTS)]`, and a part without
    words as its type. A message that holds nothing is left out.

    Raises:
        BadInput: If they are no list of messages, a role is unknown, or nothing is said at all.
    """
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    if not isinstance(messages, list):
        raise BadInput(f"{place}: holds no list of messages")
    turns = tuple(t for i, m in enumerate(messages, 1) if (t := _turn(m, f"{place}, message {i}")))
    if not turns:
        raise BadInput(f"{place}: nothing is said")
    return turns


def acts(messages: object) -> bool:
    """Return whether a tool is called or answers in the messages."""
    return isinstance(messages, list) and any(
        ROLES.get(str(m.get("role"))) == "tool" or bool(m.get("tool_calls"))
        for m in messages
        if isinstance(m, Mapping)
    )


def _turn(message: object, place: str) -> Turn | None:
    if not isinstance(message, Mapping):
        raise BadInput(f"{place}: is not a JSON object")
    said = str(message.get("role", message.get("from", ""))).lower()
    if said not in ROLES:
        raise BadInput(f"{place}: field 'role' is {said!r}, none of {', '.join(ROLES)}")
    content = message.get("content", message.get("value"))
    parts = [_text(content, place), *map(_call, _listed(message.get("tool_calls")))]
    text = "\n".join(p for p in parts if p.strip())
    return Turn(role=ROLES[said], text=text) if text else None


def _text(content: object, place: str) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise BadInput(f"{place}: field 'content' is neither text nor a list of parts")
    return "\n".join(map(_part, content))


def _part(part: object) -> str:
    if not isinstance(part, Mapping):
        return str(part)
    words = next((part[name] for name in _TEXTS if isinstance(part.get(name), str)), None)
    return f"[{part.get('type', 'part')}]" if words is None else str(words)


def _call(call: object) -> str:
    """Return a call as OpenAI's API writes it, or as Inspect does."""
    if not isinstance(call, Mapping):
        return f"[calls {call}]"
    inner = call.get("function")
    named: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {**call, "name": inner}
    arguments = named.get("arguments", "")
    said = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return f"[calls {named.get('name')}({said})]"


def _listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
