"""What every format comes to: one entry per prompt, and the fields that it is read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from superalign.errors import BadInput
from superalign.problems.rows import Row
from superalign.records import Message, Problem, Reply

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A prompt as a tool or benchmark recorded it."""

    prompt: str
    """What the model was asked last."""
    tags: tuple[str, ...]
    """Tool, attack, category, and what the tool's own detector said; never a label."""
    context: str = ""
    """A passage that the prompt is about."""
    harmful: bool | None = None
    """What the format states of the prompt; None where it states nothing."""
    twin: str = ""
    """Entries with the same non-empty key belong on one side of a split."""
    earlier: tuple[Message, ...] = ()
    """What stood in the conversation before the prompt."""
    replies: tuple[Reply, ...] = ()
    model: str = ""
    """Who replied, as the tool names it."""

    @property
    def problem(self) -> Problem:
        """The prompt as a problem; a context stands before it, as HarmBench's own code puts it."""
        prompt = f"{self.context}\n\n---\n\n{self.prompt}" if self.context else self.prompt
        return Problem.of(prompt, tags=self.tags)


@dataclass(slots=True)
class Found:
    """What a reader found in a file."""

    entries: list[Entry] = field(default_factory=list)
    passed: int = 0
    """Rows without text, for instance pictures, which are passed over."""


def text(row: Row, name: str) -> str:
    """Return a field that must hold text.

    Raises:
        BadInput: If it does not; the line names file, row and field.
    """
    value = row.fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f"{row.place}: field {name!r} holds no text")
    return value


def word(fields: Fields, name: str) -> str:
    """Return a field that may hold text, else nothing."""
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def within(fields: Fields, *path: str) -> Fields:
    """Return the object at `path`, empty where there is none."""
    for name in path:
        inner = fields.get(name)
        fields = inner if isinstance(inner, Mapping) else {}
    return fields


def listed(fields: Fields, name: str) -> Sequence[Any]:
    """Return a field that may hold a list, else nothing."""
    value = fields.get(name)
    return value if isinstance(value, list) else ()


def tags(tool: str, **named: str) -> tuple[str, ...]:
    """Return `tool:...` and a tag `name:value` per value that is not empty."""
    return (f"tool:{tool}", *(f"{name}:{value}" for name, value in named.items() if value))


def called(detector: str, hit: bool) -> str:
    """Return the tag of what a tool's own detector said: an opinion, never gold."""
    return f"{'hit' if hit else 'no_hit'}:{detector}"
