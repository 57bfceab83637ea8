"""Quotes of a source that a reader cannot see: exact matches are marked verified, others not.

Debaters write `<quote>words of the source</quote>`; the judge reads `<v_quote>` where they stand in
the source letter by letter, else `<u_quote>` (Khan et al. 2024, arXiv 2402.06782). Marks that a
debater writes itself count for nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_FORGED = re.compile(r"</?[vu]_quote>")
_STRAY = re.compile(r"</?(?:[vu]_)?quote>")
_QUOTE = re.compile(r"<quote>(.*?)</quote>", re.DOTALL)


class Quote(NamedTuple):
    """Words that were said to stand in the source, and whether they do."""

    text: str
    verified: bool


def quotes(text: str, source: str) -> list[Quote]:
    """Return the quotes in what a debater wrote, in order; an empty one is not verified."""
    found = (_without(_STRAY, q).strip() for q in _QUOTE.findall(_without(_FORGED, text)))
    return [Quote(q, bool(q) and q in source) for q in found]


def marked(text: str, source: str) -> str:
    """Return what a debater wrote with each quote marked as verified or not, and no other mark."""
    between = _QUOTE.split(_without(_FORGED, text))[::2]
    found = [_mark(q) for q in quotes(text, source)]
    plain = [_without(_STRAY, piece) for piece in between]
    return "".join(piece + mark for piece, mark in zip(plain, [*found, ""], strict=True))


def _mark(quote: Quote) -> str:
    name = "v_quote" if quote.verified else "u_quote"
    return f"<{name}>{quote.text}</{name}>"


def _without(marks: re.Pattern[str], text: str) -> str:
    """Return `text` without marks, those included that appear as others go."""
    while (shorter := marks.sub("", text)) != text:
        text = shorter
    return text
