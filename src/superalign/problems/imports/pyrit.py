"""PyRIT's memory, exported as JSON or CSV: one row per piece of a message.

Pieces as PyRIT writes them (github.com/Azure/PyRIT, `to_dict` in `pyrit/models/message_piece.py`
and `pyrit/memory/memory_exporter.py`). What the target saw is `converted_value`; pieces of one
conversation stand in the order of `sequence`. A scorer of type `true_false` that says True calls a
hit; a `float_scale` has no threshold of PyRIT's, so nothing is read from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Literal

from superalign.errors import BadInput
from superalign.problems.imports.entries import (
    Entry,
    Fields,
    Found,
    called,
    listed,
    tags,
    text,
    within,
    word,
)
from superalign.problems.rows import Row
from superalign.records import Message, Reply

Role = Literal["system", "user", "assistant"]
_ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "simulated_assistant": "assistant",
    "tool": "user",
}


def read_pyrit(rows: Sequence[Row]) -> Found:
    """Read conversations: the last message to the target is the prompt.

    One without such a message, or with anything but text in it, is passed over.

    Raises:
        BadInput: If a piece has no conversation, a role that PyRIT does not know, or no value.
    """
    conversations: dict[str, list[Row]] = {}
    for row in rows:
        conversations.setdefault(text(row, "conversation_id"), []).append(row)
    found = Found()
    for pieces in conversations.values():
        ordered = sorted(pieces, key=_sequence)
        asked = max((i for i, p in enumerate(ordered) if _role(p) == "user"), default=None)
        if asked is None or not all(_is_text(p) for p in ordered if _role(p) == "user"):
            found.passed += 1
        else:
            found.entries.append(_entry(ordered, asked))
    return found


def _entry(pieces: Sequence[Row], asked: int) -> Entry:
    turn = _sequence(pieces[asked])
    now = [p for p in pieces if _role(p) == "user" and _sequence(p) == turn]
    before = [p for p in pieces[:asked] if p not in now]
    after = pieces[asked + 1 :]
    fields = now[-1].fields
    named = {
        "attack": _kind(
            within(fields, "attack_identifier") or within(fields, "orchestrator_identifier")
        ),
        "category": ",".join(c for c in listed(fields, "targeted_harm_categories") if c),
    }
    converters = [
        f"converter:{k}" for c in listed(fields, "converter_identifiers") if (k := _kind(c))
    ]
    return Entry(
        prompt="\n".join(_value(p) for p in now),
        earlier=_messages(before),
        twin="\n".join(word(p.fields, "original_value") for p in now),
        tags=(*tags("pyrit", **named), *dict.fromkeys(converters), *_calls(after)),
        replies=_replies(after),
        model=_target(pieces),
    )


def _role(row: Row) -> Role:
    role = _ROLES.get(word(row.fields, "role"))
    if role is None:
        raise BadInput(f"{row.place}: field 'role' is {row.fields.get('role')!r}, unknown to PyRIT")
    return role


def _value(row: Row) -> str:
    """Return what was said.

    Raises:
        BadInput: If the piece has no value at all; an empty one is a reply of nothing.
    """
    value = row.fields.get("converted_value")
    value = row.fields.get("original_value") if value is None else value
    if not isinstance(value, str):
        raise BadInput(f"{row.place}: field 'converted_value' holds no text")
    return value


def _sequence(row: Row) -> int:
    """Return the place in the conversation; CSV has it as text."""
    stated = row.fields.get("sequence", -1)
    try:
        return int(stated)
    except (TypeError, ValueError):
        raise BadInput(f"{row.place}: field 'sequence' is {stated!r}, no number") from None


def _is_text(row: Row) -> bool:
    return (word(row.fields, "converted_value_data_type") or "text") == "text" and bool(
        _value(row).strip()
    )


def _messages(pieces: Sequence[Row]) -> tuple[Message, ...]:
    groups = groupby(pieces, key=lambda p: (_sequence(p), _role(p)))
    return tuple(
        Message(role=role, text="\n".join(_value(p) for p in group)) for (_, role), group in groups
    )


def _replies(after: Sequence[Row]) -> tuple[Reply, ...]:
    said = [p for p in after if word(p.fields, "role") == "assistant"]
    if not said:
        return ()
    error = word(said[-1].fields, "response_error")
    if error == "blocked":
        return (Reply(text="", stop="refused"),)
    if error not in ("", "none"):
        return (Reply(text="", stop="error", error=error),)
    return (Reply(text="\n".join(_value(p) for p in said)),)


def _calls(after: Sequence[Row]) -> list[str]:
    """Return what scorers that say true or false said; any hit among a scorer's makes it one."""
    said: dict[str, bool] = {}
    for piece in after:
        for score in listed(piece.fields, "scores"):
            if isinstance(score, Mapping) and score.get("score_type") == "true_false":
                name = _scorer(score)
                hit = str(score.get("score_value")).strip().lower() == "true"
                said[name] = said.get(name, False) or hit
    return [called(name, hit) for name, hit in said.items()]


def _scorer(score: Fields) -> str:
    stated = score.get("scorer_class_identifier") or score.get("scorer_identifier")
    return _kind(stated) or "true_false"


def _kind(identifier: Any) -> str:
    """Return the class that an identifier names, under any of the names it has had."""
    if not isinstance(identifier, Mapping):
        return identifier if isinstance(identifier, str) else ""
    return word(identifier, "__type__") or word(identifier, "class_name")


def _target(pieces: Sequence[Row]) -> str:
    stated = [within(p.fields, "prompt_target_identifier") for p in pieces]
    return next((name for s in stated if (name := word(s, "model_name") or _kind(s))), "")
