"""The measures held against others: a judge against the right answers, a model against people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from superalign.critics import Critic
from superalign.critics.made import Exact
from superalign.evals.paradox.making import asks
from superalign.evals.paradox.rows import Row
from superalign.evals.paradox.sitting import Sitting
from superalign.evals.paradox.summary import over, understood
from superalign.measures.paradox import kappa, understanding
from superalign.problems.paradox.ballot import Kind
from superalign.records import Episode, Move, Outcome, Reply
from superalign.stats import rate

KINDS: Mapping[str, Kind] = {"easy": "easy", "hard": "hard", "questions": "question"}
"""People's columns, and the choices that they stand beside."""


async def agreement(
    sitting: Sitting, critic: Critic, gold: Exact, made: Mapping[str, Sequence[Episode]]
) -> dict[str, Any]:
    """Return how a judge and exact comparison agree, and how a judge takes planted answers.

    `passes_right` and `passes_wrong` are its shares passed of answers known to be right and wrong:
    a right one other than the first where there is one, and the first near miss.
    """
    episodes = [e for own in made.values() for e in own]
    pairs = [
        (e.outcome(critic.id) is Outcome.PASS, own.outcome is Outcome.PASS)
        for e, own in zip(episodes, await gold.judge(episodes), strict=True)
        if Outcome.UNSCORED not in (e.outcome(critic.id), own.outcome)
    ]
    judge, exact = [a for a, _ in pairs], [b for _, b in pairs]
    right = {i.id: i.right[-1] for i in sitting.items.values()}
    wrong = {i.id: i.hard[0] for i in sitting.items.values() if i.hard}
    return {
        "agreement": rate(sum(a == b for a, b in pairs), len(pairs)),
        "kappa": kappa(judge, exact),
        "passes_right": await _passes(sitting, critic, right),
        "passes_wrong": await _passes(sitting, critic, wrong),
    }


async def _passes(sitting: Sitting, critic: Critic, said: Mapping[str, str]) -> dict[str, Any]:
    """Return the share of given answers that a judge passes; judged once."""
    asked = asks(sitting)
    episodes = [
        Episode.of(
            asked[id].problem,
            "given",
            0,
            [Move(seat="learner", policy="given", seen=(), reply=Reply(text=text))],
        )
        for id, text in said.items()
    ]

    async def judged() -> list[str]:
        return [v.outcome.value for v in await critic.judge(episodes)]

    found = await sitting.ledger.once("judge", [critic.id, [e.id for e in episodes]], judged)
    scored = [o for o in found if o != Outcome.UNSCORED.value]
    passed = sum(o == Outcome.PASS.value for o in scored)
    return {**rate(passed, len(scored)), "unscored": len(found) - len(scored)}


def beside_people(
    rows: Sequence[Row], people: Mapping[str, Mapping[str, float]], *, seed: int
) -> dict[str, Any]:
    """Return people's shares, chance taken off, and the model's gap less theirs, where both did it.

    Choices that people made had as many options as the model's.
    """
    whole = [r for r in rows if not r.error]
    found: dict[str, Any] = {"generation": _over(whole, _made(people), seed)}
    for column, kind in KINDS.items():
        theirs = _chosen(people, column, kind)
        found[f"understanding_{column}"] = _over(whole, theirs, seed)
        found[f"gap_{column}"] = _over(whole, _less(_made(people), theirs), seed)
        own = _less(lambda r: r.made, understood(kind))
        found[f"gap_{column}_beyond_people"] = _over(
            whole, _less(own, _less(_made(people), theirs)), seed
        )
    return found


Value = Callable[[Row], float | None]


def _over(rows: Sequence[Row], value: Value, seed: int) -> dict[str, Any]:
    measured = over(rows, value, seed)
    n = sum(value(r) is not None for r in rows)
    return {"n": n, "mean": measured.value, "interval": measured.interval}


def _made(people: Mapping[str, Mapping[str, float]]) -> Value:
    return lambda r: people["made"].get(r.item.id)


def _chosen(people: Mapping[str, Mapping[str, float]], column: str, kind: Kind) -> Value:
    def value(row: Row) -> float | None:
        share = people[column].get(row.item.id)
        if share is None or kind not in row.choices:
            return None
        return understanding(share, round(row.choices[kind].options))

    return value


def _less(one: Value, other: Value) -> Value:
    def value(row: Row) -> float | None:
        a, b = one(row), other(row)
        return None if a is None or b is None else a - b

    return value
