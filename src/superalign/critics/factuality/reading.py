"""Reads what a model says while an answer is rated. Nothing is lost silently, nothing guessed.

The published parsers find no fact in a numbered list, split a fact at a dash, fall over an empty
bullet, lose a word behind a fence and take any first bracket for the answer; these do not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from superalign.critics.opinions import LONGEST
from superalign.records import Reply

_BULLET = re.compile(r"^\s*(?:[-*•‣◦]|\(?\d{1,3}[.)])(?:\s+(?P<text>.*))?$")
_FENCE = re.compile(r"```(?P<body>.*?)```", re.DOTALL)
_TAGS = frozenset(
    {
        *("", "text", "txt", "plaintext", "plain", "markdown", "md", "none", "json"),
        *("python", "py", "bash", "sh", "shell", "sql", "html", "xml"),
    }
)
_BRACKET = re.compile(r"\[([^\[\]]*)\]")
NOTHING = "none"
"""What a list says that states no fact."""


def bullets(reply: Reply) -> list[str] | None:
    """Return the items of a finished reply's list; empty where it says there are none.

    An item begins its line with a dash, a bullet, a star or a number, and goes on over indented
    lines. Without a list it is None.
    """
    if reply.stop != "end":
        return None
    found: list[str] = []
    listed = False
    for line in reply.text[-LONGEST:].splitlines():
        if item := _BULLET.match(line):
            listed = True
            found.append((item["text"] or "").strip())
        elif found and line[:1].isspace() and line.strip():
            found[-1] = f"{found[-1]} {line.strip()}".strip()
    items = [text for text in found if text and text.strip("().").casefold() != NOTHING]
    return items if listed else None


def block(reply: Reply) -> str | None:
    """Return the text of a finished reply's last fenced block, or None where there is none.

    A first line that is a language's name alone is no text.
    """
    found = _FENCE.findall(reply.text[-LONGEST:]) if reply.stop == "end" else []
    if not found:
        return None
    first, newline, rest = found[-1].partition("\n")
    text = rest if newline and first.strip().casefold() in _TAGS else found[-1]
    return " ".join(text.split()) or None


def label(reply: Reply, labels: Sequence[str]) -> str | None:
    """Return the last of `labels` that a finished reply puts in square brackets, or None.

    Case does not matter; a citation such as [1] is passed over.
    """
    if reply.stop != "end":
        return None
    known = {name.casefold(): name for name in labels}
    said = (" ".join(s.split()).casefold() for s in _BRACKET.findall(reply.text[-LONGEST:]))
    found = [known[s] for s in said if s in known]
    return found[-1] if found else None
