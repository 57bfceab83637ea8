"""What a reply finally answers, and whether that equals the key.

Only the answer a reply commits to counts; the key's words standing somewhere in it earn nothing.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal, get_args

Mode = Literal["exact", "number", "choice", "math", "easy-to-hard", "prm800k"]
"""How two answers are compared, as `problems.graders` says."""
MODES: tuple[Mode, ...] = get_args(Mode)

_HASHES = re.compile(r"####[ \t]*([^\n]+)|^# Answer[ \t]*\n+([^\n]+)", re.MULTILINE)
_SAYS = re.compile(
    r"\banswer\s*(?:is|are|=|:)\s*:?[ \t]*(.+?)(?=\.?\s*$|\.\s|\n)", re.IGNORECASE | re.MULTILINE
)
_NUMBER = re.compile(
    r"(?<![\w.])(?<![0-9][,/])[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,40})(?:\.[0-9]{1,40})?"
    r"(?:[eE][-+]?[0-9]{1,3})?(?:/[1-9][0-9]{0,39})?"
    r"(?![0-9]|[.,][0-9]|[eE][-+]?[0-9]|/[0-9])"
)
_LETTER = re.compile(
    r"\W*(?:(?:option|choice|letter)\W+)?([A-Z])(?:\W*|\)?[).:,]+\s.*)", re.IGNORECASE | re.DOTALL
)
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "$": "", "\u00a0": " "})


def final_answer(reply: str, mode: Mode, *, cut: bool = False) -> str | None:
    r"""Return the answer that `reply` commits to, or None when it commits to none.

    The last marked answer counts: `#### x`, the line below `# Answer`, `\boxed{x}`, or
    `answer is x`. Without a mark it is the only line (exact), the only line if it is a letter
    (choice), or the last number. A reply that was `cut` off has to mark its answer.
    """
    marked = _marked(reply)
    if marked is not None:
        return _read(marked, mode)
    if cut:
        return None
    lines = [line.strip() for line in reply.splitlines() if line.strip()]
    if mode not in ("exact", "choice"):
        found = numbers(reply)
        return found[-1] if found else None
    return _read(lines[0], mode) if len(lines) == 1 else None


def _marked(reply: str) -> str | None:
    """Return what stands behind the last mark, or None; words are a weaker mark than signs."""
    found = [(m.start(), m[1] or m[2]) for m in _HASHES.finditer(reply)]
    box = boxed(reply)
    if box is not None:
        found.append((reply.rindex("\\boxed"), box))
    if not found:
        found = [(m.start(), m[1]) for m in _SAYS.finditer(reply)]
    return max(found)[1].strip() if found else None


def _read(said: str, mode: Mode) -> str | None:
    """Return the one answer in a short text, or None when it holds none or several."""
    inner = boxed(said)
    said = (said if inner is None else inner).strip().strip("*").strip()
    if mode == "number":
        found = numbers(said)
        return found[0] if len(found) == 1 else None
    if mode == "choice":
        letter = _LETTER.fullmatch(said)
        return letter[1].upper() if letter else None
    return said.strip("$").removesuffix(".").strip() or None


def boxed(text: str) -> str | None:
    r"""Return what the last `\boxed{...}` holds, braces balanced, or None."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    depth = 0
    for i in range(start + 6, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return text[start + 7 : i]
    return None


def numbers(text: str) -> list[str]:
    """Return the numbers that stand in `text`, in order, as they are written."""
    return _NUMBER.findall(text.translate(_SIGNS))


def number(text: str) -> Fraction | None:
    """Return the only number in `text` exactly, or None; 1,000 and 3/4 and 1e3 are numbers."""
    found = numbers(text)
    if len(found) != 1:
        return None
    over, _, under = found[0].replace(",", "").partition("/")
    return Fraction(over) / int(under or "1")


def tidy(text: str) -> str:
    """Return `text` in one case with single spaces, as exact comparison reads it."""
    return " ".join(text.casefold().split())


def equal(gold: str, said: str, mode: Mode) -> bool | None:
    """Return whether two answers are the same, or None when it could not be decided in time."""
    from superalign.problems.graders import GRADERS

    return GRADERS[mode].equal(gold, said)
