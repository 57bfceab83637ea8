"""Reads what a judge said, against the reply it judged: an opinion, or why there is none.

Nothing is guessed. A judge's sample counts when it holds exactly one verdict, its parts agree with
one another, and what it points at stands literally in the reply.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from superalign.critics.rules import REFUSES, stance
from superalign.policies.provider import TIMED_OUT
from superalign.records import Issue, Reply

T = TypeVar("T")

LONGEST = 50_000
"""Characters of a judge's text that are read, from its end."""

UNREADABLE, CONTRADICTION = "unreadable", "contradiction"
REFUSED, TRUNCATED, ERROR, TIMEOUT = (
    *("judge_refused", "judge_truncated"),
    *("judge_error", "judge_timeout"),
)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one sample of the judge comes to."""

    right: float
    """Probability that the reply is good, in [0, 1]."""
    scores: Mapping[str, float | None]
    """By dimension; null where the judge abstains."""
    issues: tuple[Issue, ...]
    ungrounded: int
    """Issues dropped because their quote is not in the reply."""
    verdict: str
    """`pass` or `fail`."""


def read(said: Reply, reply: str, dimensions: Sequence[str]) -> Opinion | str:
    """Read one sample of a judge of `reply`: an opinion, or the kind of what went wrong."""
    if (failed := stopped(said)) is not None:
        return failed
    found = objects(said.text, "verdict")
    if len(found) != 1:
        return unread(said.text, found)
    entry = found[0]
    verdict, sure = entry.get("verdict"), certainty(entry.get("confidence"))
    listed = issues_of(entry.get("issues"), dimensions)
    if verdict not in ("pass", "fail") or sure is None or listed is None:
        return UNREADABLE
    right = sure if verdict == "pass" else 1.0 - sure
    scores = _scores(entry.get("scores"), dimensions, right)
    if scores is None:
        return UNREADABLE
    grounded = tuple(g for i in listed if (g := grounded_in(i, reply)) is not None)
    if contradict(verdict, scores, listed):
        return CONTRADICTION
    if not (grounded if verdict == "fail" else stands_in(entry.get("answer"), reply)):
        return UNREADABLE
    return Opinion(right, scores, grounded, len(listed) - len(grounded), verdict)


def quorum(found: Sequence[T | str], asked: int) -> list[T] | str:
    """Return the opinions if they are half of the samples `asked` or more, else why not.

    That is the commonest kind among what stands in place of an opinion.
    """
    opinions = [o for o in found if not isinstance(o, str)]
    if opinions and 2 * len(opinions) >= asked:
        return opinions
    return Counter(o for o in found if isinstance(o, str)).most_common(1)[0][0]


def stopped(said: Reply) -> str | None:
    """Return why a judge's sample came to no end, or None where it did."""
    if said.stop == "error":
        return TIMEOUT if said.error.startswith(TIMED_OUT) else ERROR
    return {"refused": REFUSED, "length": TRUNCATED}.get(said.stop)


def unread(text: str, found: Sequence[object]) -> str:
    """Return the kind of a text without exactly one verdict: a refusal in words, or unreadable."""
    return REFUSED if not found and stance(text) == REFUSES else UNREADABLE


def contradict(verdict: str, scores: Mapping[str, float | None], issues: Sequence[Issue]) -> bool:
    """Return whether scores or issues say otherwise than the verdict.

    A pass has no dimension below one half and no grave issue; of a fail some dimension is not
    above one half.
    """
    known = [s for s in scores.values() if s is not None]
    if verdict == "pass":
        return any(s < 0.5 for s in known) or any(i.severity == 3 for i in issues)
    return bool(known) and min(known) > 0.5


def objects(text: str, field: str) -> list[dict[str, Any]]:
    """Return the outermost JSON objects in the end of `text` that hold `field`."""
    text = text[-LONGEST:]
    decoder, found, at = json.JSONDecoder(), [], 0
    while (at := text.find("{", at)) >= 0:
        try:
            value, at = decoder.raw_decode(text, at)
        except RecursionError:
            return []
        except ValueError:
            at += 1
            continue
        if isinstance(value, dict) and field in value:
            found.append(value)
    return found


def certainty(value: object) -> float | None:
    """Return a confidence in [0.5, 1]; less would contradict the verdict it stands beside."""
    share = _share(value)
    return share if share is not None and share >= 0.5 else None


def _share(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0.0 <= value <= 1.0 else None


def _scores(
    said: object, dimensions: Sequence[str], right: float
) -> dict[str, float | None] | None:
    """Return the score of each dimension, null where the judge abstains; None if unreadable.

    With a single dimension a judge that gives no scores has given one: its confidence.
    """
    if said is None and len(dimensions) == 1:
        return {dimensions[0]: right}
    if not isinstance(said, dict):
        return None
    scores = {name: _share(said.get(name)) for name in dimensions}
    broken = any(said.get(n) is not None and s is None for n, s in scores.items())
    return None if broken or all(s is None for s in scores.values()) else scores


def issues_of(listed: object, dimensions: Sequence[str]) -> list[Issue] | None:
    """Return the issues of a verdict, or None when they are not a list of quotes and reasons."""
    if not isinstance(listed, list):
        return None
    issues = [_issue(entry, dimensions) for entry in listed]
    return None if None in issues else [i for i in issues if i is not None]


def _issue(entry: object, dimensions: Sequence[str]) -> Issue | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("quote"), str):
        return None
    severity, named, fix = (entry.get(k) for k in ("severity", "dimension", "fix"))
    graded = isinstance(severity, int) and not isinstance(severity, bool) and 0 <= severity <= 3
    alone = dimensions[0] if len(dimensions) == 1 else ""
    return Issue(
        quote=entry["quote"],
        why=str(entry.get("why", "")),
        dimension=named if isinstance(named, str) and named in dimensions else alone,
        severity=severity if graded else None,
        fix=fix if isinstance(fix, str) else None,
    )


def grounded_in(issue: Issue, reply: str) -> Issue | None:
    """Return the issue with the place of its quote in `reply`, or None where it has none."""
    if not stands_in(issue.quote, reply):
        return None
    start = reply.index(issue.quote)
    return issue.model_copy(update={"start": start, "end": start + len(issue.quote)})


def stands_in(quote: object, reply: str) -> bool:
    """Return whether `quote` is a literal part of the reply that holds a word or number."""
    return isinstance(quote, str) and re.search(r"\w", quote) is not None and quote in reply
