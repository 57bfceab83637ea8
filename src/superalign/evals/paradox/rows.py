"""What each item came to: made, chosen among easy and hard candidates, and asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from superalign.evals.paradox.choosing import Pick
from superalign.measures.paradox import flips, understanding
from superalign.problems.paradox.ballot import Kind
from superalign.problems.paradox.item import Item
from superalign.records import Episode, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How choices of one kind went at one item, over all orders; means over its ballots."""

    options: float
    accuracy: float
    understood: float
    """Accuracy with chance taken off: 0 is guessing."""
    sure: float
    """Belief in the right option."""
    order_flips: float | None
    """Share of pairs of orders that got different choices; null where order plays no part."""
    wording_flips: float | None
    """Whether other words got another choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One item; what is null was not there to do, and a row with an error counts nowhere."""

    item: Item
    made: float | None
    """Share of the answers made that are right."""
    said: tuple[str, ...]
    choices: Mapping[Kind, Choice]
    error: str = ""
    """Why something was not scored."""


def rows(
    items: Mapping[str, Item], made: Mapping[str, Sequence[Episode]], picks: Sequence[Pick]
) -> list[Row]:
    """Return a row for each item, whose answers hold one verdict each."""
    own: dict[str, list[Pick]] = {id: [] for id in items}
    for pick in picks:
        own[pick.ballot.item].append(pick)
    return [_row(item, made[id], own[id]) for id, item in items.items()]


def _row(item: Item, made: Sequence[Episode], picks: Sequence[Pick]) -> Row:
    outcomes = [v.outcome for e in made for v in e.verdicts]
    scored = [o is Outcome.PASS for o in outcomes if o is not Outcome.UNSCORED]
    errors = [_why(e) for e in made if e.verdicts[-1].outcome is Outcome.UNSCORED]
    errors += [p.error for p in picks if not p.scored]
    return Row(
        item=item,
        made=fmean(scored) if scored else None,
        said=tuple(e.final.text for e in made),
        choices={} if errors else choices_of(picks),
        error=errors[0] if errors else "",
    )


def _why(episode: Episode) -> str:
    return episode.final.error or episode.verdicts[-1].kind or episode.final.stop


def choices_of(picks: Sequence[Pick]) -> dict[Kind, Choice]:
    """Return how the choices of one item went, by kind; all of them have to be scored."""
    kinds: dict[Kind, list[Pick]] = {}
    for pick in picks:
        kinds.setdefault(pick.ballot.kind, []).append(pick)
    return {kind: _choice(found) for kind, found in kinds.items()}


def _choice(picks: Sequence[Pick]) -> Choice:
    """Sum up the ballots of one kind."""
    ballots: dict[str, list[Pick]] = {}
    for pick in picks:
        ballots.setdefault(pick.ballot.id, []).append(pick)
    plain = [[p for p in own if not p.wording] for own in ballots.values()]
    right = [fmean(p.chosen == 0 for p in own) for own in plain]
    sizes = [len(own[0].ballot.options) for own in plain]
    return Choice(
        options=fmean(sizes),
        accuracy=fmean(right),
        understood=fmean(understanding(r, k) for r, k in zip(right, sizes, strict=True)),
        sure=fmean(p.right for own in plain for p in own),
        order_flips=_mean([flips([p.chosen for p in own]) for own in plain]),
        wording_flips=_mean([_reworded(own) for own in ballots.values()]),
    )


def _reworded(picks: Sequence[Pick]) -> float | None:
    """Return whether the first order got another choice in other words."""
    first = [p.chosen for p in picks if p.turn == 0]
    return flips(first) if len(first) > 1 else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return fmean(known) if known else None


def shown(row: Row) -> dict[str, Any]:
    """Return a row as the file of items has it; `made` and `right` are what people may judge by."""
    return {
        "id": row.item.id,
        "input": row.item.input,
        "right": list(row.item.right),
        "made": list(row.said),
        "g": row.made,
        "u_easy": _understood(row, "easy"),
        "u_hard": _understood(row, "hard"),
        "q": _understood(row, "question"),
        "error": row.error,
    }


def _understood(row: Row, kind: Kind) -> float | None:
    return row.choices[kind].understood if kind in row.choices else None
