"""Rows summed up: what is made, what is understood, the gap between, and how firm choices are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from string import ascii_uppercase
from typing import Any, NamedTuple

from superalign.evals.paradox.choosing import Pick
from superalign.evals.paradox.rows import Choice, Row
from superalign.measures import clusters
from superalign.measures.clusters import Indices, Interval
from superalign.measures.paradox import phi, spearman, understanding
from superalign.problems.paradox.ballot import Kind
from superalign.stats import mean_known

COLUMNS = (
    *("n", "unscored", "generation", "understanding_easy", "understanding_hard"),
    *("gap_hard", "about_own", "gap_own", "order_flips", "unreadable"),
)
"""What a row of the table of models shows."""
NAMES: Mapping[Kind, str] = {"easy": "easy", "hard": "hard", "question": "own"}


class Measured(NamedTuple):
    """A mean over items, and its interval over clusters of them."""

    value: float | None
    interval: Interval | None


def summarise(rows: Sequence[Row], picks: Sequence[Pick], *, seed: int) -> dict[str, Any]:
    """Return the summary; items of which anything is unscored are counted, and count nowhere else.

    A gap is what is made less what is understood, chance taken off, over the same items. Intervals
    are over groups of items.
    """
    whole = [r for r in rows if not r.error]
    kept = {r.item.id for r in whole}
    picks = [p for p in picks if p.ballot.item in kept]
    found: dict[str, Any] = {
        "n": len(whole),
        "unscored": len(rows) - len(whole),
        "unscored_because": dict(Counter(r.error for r in rows if r.error)),
        **_named("generation", over(whole, lambda r: r.made, seed)),
        **_named("understanding_easy", over(whole, understood("easy"), seed)),
        **_named("understanding_hard", over(whole, understood("hard"), seed)),
        **_named("about_own", over(whole, understood("question"), seed)),
    }
    for kind, name in NAMES.items():
        found |= _named(f"gap_{name}", over(whole, _gap(kind), seed))
        found[f"gap_{name}_n"] = sum(_gap(kind)(r) is not None for r in whole)
        found |= _together(whole, kind, name, seed)
    chosen = [c for r in whole for kind, c in r.choices.items() if kind != "question"]
    return {
        **found,
        **_named("order_flips", over(whole, _firm(lambda c: c.order_flips), seed)),
        **_named("wording_flips", over(whole, _firm(lambda c: c.wording_flips), seed)),
        **_control(picks),
        "places": places(picks, {r.item.id: r.item.cluster for r in whole}, seed),
        "options": mean_known(c.options for c in chosen),
        "columns": list(COLUMNS),
        "sentence": sentence(found),
    }


def over(rows: Sequence[Row], value: Callable[[Row], float | None], seed: int) -> Measured:
    """Return the mean of what is there, with its interval."""
    pairs = [(v, r.item.cluster) for r in rows if (v := value(r)) is not None]
    values, groups = [v for v, _ in pairs], [g for _, g in pairs]
    return Measured(mean_known(values), clusters.mean(values, groups, seed=seed))


def _named(name: str, measured: Measured) -> dict[str, Any]:
    return {name: measured.value, f"{name}_interval": measured.interval}


def understood(kind: Kind) -> Callable[[Row], float | None]:
    """Return what reads off a row how well the choices of a kind went, chance taken off."""
    return lambda r: r.choices[kind].understood if kind in r.choices else None


def _gap(kind: Kind) -> Callable[[Row], float | None]:
    def gap(row: Row) -> float | None:
        if row.made is None or kind not in row.choices:
            return None
        return row.made - row.choices[kind].understood

    return gap


def _firm(value: Callable[[Choice], float | None]) -> Callable[[Row], float | None]:
    """Return the mean of a choice's value over those among candidates."""
    return lambda r: mean_known(value(c) for kind, c in r.choices.items() if kind != "question")


def _together(rows: Sequence[Row], kind: Kind, name: str, seed: int) -> dict[str, Any]:
    """Return how making and choosing go together, item by item."""
    both = [(r.made, r.choices[kind], r.item.cluster) for r in rows if kind in r.choices]
    made = [g for g, _, _ in both if g is not None]
    accuracies = [c.accuracy for g, c, _ in both if g is not None]
    sure = [c.sure for g, c, _ in both if g is not None]
    groups = [group for g, _, group in both if g is not None]
    return {
        "accuracy_" + name: mean_known(accuracies),
        **_named("phi_" + name, _correlated(phi, made, accuracies, groups, seed)),
        **_named("spearman_" + name, _correlated(spearman, made, sure, groups, seed)),
    }


def _correlated(
    measure: Callable[[Any, Any], float | None],
    made: Sequence[float],
    chosen: Sequence[float],
    groups: Sequence[str],
    seed: int,
) -> Measured:
    """Return a correlation with its interval over groups."""

    def of(rows: Indices) -> dict[str, float | None]:
        return {"together": measure([made[i] for i in rows], [chosen[i] for i in rows])}

    return Measured(measure(made, chosen), clusters.statistics(of, groups, seed=seed)["together"])


def _control(picks: Sequence[Pick]) -> dict[str, Any]:
    """Return what tells whether the form of a choice was in the way."""
    return {
        "unreadable": mean_known(float(p.chosen is None) for p in picks),
        "cut": mean_known(float(p.cut) for p in picks),
        "tokens_choosing": mean_known(None if p.tokens is None else float(p.tokens) for p in picks),
        "first_order_only": {
            NAMES[kind]: _first(picks, kind) for kind in NAMES if _first(picks, kind) is not None
        },
    }


def places(picks: Sequence[Pick], within: Mapping[str, str], seed: int) -> dict[str, Any]:
    """Return the share of choices that fell on each place, of ballots with as many options as most.

    Every candidate stands once in each, so that without a bias all shares are alike. Empty where
    order plays no part.
    """
    plain = [p for p in picks if not p.wording and p.chosen is not None]
    if not any(p.turn for p in picks) or not plain:
        return {}
    k = Counter(len(p.ballot.options) for p in plain).most_common(1)[0][0]
    alike = [p for p in plain if len(p.ballot.options) == k]
    groups = [within[p.ballot.item] for p in alike]
    fell = [((p.chosen or 0) + p.turn) % k for p in alike]
    shares = ([float(f == place) for f in fell] for place in range(k))
    return {
        ascii_uppercase[place]: {
            "rate": mean_known(share),
            "interval": clusters.mean(share, groups, seed=seed),
        }
        for place, share in enumerate(shares)
    }


def _first(picks: Sequence[Pick], kind: Kind) -> float | None:
    """Return understanding had each choice been put once, the right option always first."""
    first = [p for p in picks if p.ballot.kind == kind and not p.turn and not p.wording]
    return mean_known(understanding(float(p.chosen == 0), len(p.ballot.options)) for p in first)


def sentence(found: Mapping[str, Any]) -> str:
    """Return what came of it in a sentence: among near misses, or far ones where there are none."""
    kind = "easy" if found["gap_hard"] is None else "hard"
    gap, interval = found[f"gap_{kind}"], found[f"gap_{kind}_interval"]
    if gap is None:
        return f"Of {found['n']} items nothing could be compared."
    understood = found[f"understanding_{kind}"]
    return (
        f"Made right {max(0.0, understood + gap):.2f}, understood {understood:.2f} "
        f"among {'near' if kind == 'hard' else 'far'} misses, chance taken off: gap {gap:.2f}"
        f"{_spread(interval)}, n {found[f'gap_{kind}_n']}; {_means(interval)}."
    )


def _spread(interval: Interval | None) -> str:
    return f" ({interval[0]:.2f} to {interval[1]:.2f})" if interval else ""


def _means(interval: Interval | None) -> str:
    if interval and interval[0] > 0:
        return "it makes what it does not understand"
    if interval and interval[1] < 0:
        return "it understands more than it makes"
    return "no difference is shown"
