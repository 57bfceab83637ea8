"""Answers made freely, judged; and wrong ones among them to choose from later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from superalign.critics import Critic
from superalign.critics.made import Exact, Told
from superalign.evals.paradox.config import EXACT, GIVEN, OWN
from superalign.evals.paradox.people import Judged
from superalign.evals.paradox.players import Ask, Planted
from superalign.evals.paradox.sitting import Sitting
from superalign.problems.answers import tidy
from superalign.problems.paradox.item import Item
from superalign.problems.paradox.protocol import is_right, opening, settled
from superalign.records import Episode, Outcome, Policy

HEAT = 1.0
"""Temperature at which wrong answers are drawn: at 0 all would be the same."""


def asks(sitting: Sitting) -> dict[str, Ask]:
    """Return what asks for an answer to each item, by the item's id."""
    return {
        i.id: Ask(i, opening(i, sitting.style), i.reference, i.hard or i.easy)
        for i in sitting.items.values()
    }


def exact(sitting: Sitting) -> Exact:
    """Return the critic that compares with the right answers."""
    return Exact({a.problem.id: a.item for a in asks(sitting).values()}, sitting.config.grader)


def critic_of(sitting: Sitting) -> Critic:
    """Return who judges what was made.

    Raises:
        BadInput: If a file of judgements cannot be read, or there is no such model.
    """
    named, by_problem = sitting.config.judge, exact(sitting)
    if named == EXACT:
        return by_problem
    if named.endswith(".csv"):
        return Judged(Path(named), by_problem.items)
    return Told(_opened(sitting, named, 0.0), by_problem.items, seed=sitting.asked.seed)


async def made(sitting: Sitting, critic: Critic) -> dict[str, list[Episode]]:
    """Return judged answers by item, as many of each as there are epochs."""
    asked = asks(sitting)
    return await _played(sitting, "make", asked, critic, sitting.policy, sitting.asked.epochs)


async def with_hard(sitting: Sitting, critic: Critic) -> dict[str, Item]:
    """Return the items with the near misses that the configuration asks for.

    Raises:
        BadInput: If there is no such model.
    """
    source = sitting.config.hard
    if source == GIVEN:
        return dict(sitting.items)
    own = source == OWN
    planted = own and isinstance(sitting.policy, Planted)
    name = sitting.asked.model if own else source
    policy = sitting.policy if planted else _opened(sitting, name, HEAT)
    drawn = await _played(sitting, "miss", asks(sitting), critic, policy, sitting.config.draws)
    return {
        id: item.model_copy(update={"hard": _wrong(sitting, item, drawn[id])})
        for id, item in sitting.items.items()
    }


def _wrong(sitting: Sitting, item: Item, tried: Sequence[Episode]) -> tuple[str, ...]:
    """Return answers that the judge calls wrong and that equal no right one, each once."""
    mode, found = sitting.config.grader, dict[str, str]()
    for episode in tried:
        said = settled(item, episode.final, mode)
        wrong = {v.outcome for v in episode.verdicts} == {Outcome.FAIL}
        if wrong and said and is_right(item, said, mode) is False:
            found.setdefault(tidy(said), said)
    return tuple(found.values())


async def _played(
    sitting: Sitting,
    name: str,
    asked: Mapping[str, Ask],
    critic: Critic,
    policy: Policy,
    samples: int,
) -> dict[str, list[Episode]]:
    episodes = await sitting.play(
        name, list(asked.values()), critic, policy=policy, samples=samples
    )
    starts = range(0, len(episodes), samples)
    return {id: episodes[i : i + samples] for id, i in zip(asked, starts, strict=True)}


def _opened(sitting: Sitting, name: str, temperature: float) -> Policy:
    return sitting.asked.policy(name, temperature=temperature, max_tokens=sitting.config.max_tokens)
