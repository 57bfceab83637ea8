"""The attackers of the recipe `requests`, by name, and the one that is held out to measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from superalign.attackers.archive import Archive
from superalign.attackers.bandit import Bandit
from superalign.attackers.cells import Cell
from superalign.attackers.drawn import Drawn
from superalign.attackers.drift import Drift
from superalign.attackers.explore import Explore
from superalign.attackers.held_out import HeldOut
from superalign.attackers.mutations import Axis, Scripted
from superalign.attackers.policy import TrainedAttacker
from superalign.attackers.protocol import Attacker
from superalign.attackers.refine import Pair
from superalign.attackers.threads import Chat, Voice
from superalign.attackers.tree import Tree
from superalign.attackers.twins import Twinned
from superalign.attackers.validity import Validity
from superalign.errors import BadInput
from superalign.policies.local import LocalPolicy
from superalign.problems.requests import world
from superalign.problems.requests.words import TOPICS
from superalign.problems.requests.world import Intent
from superalign.recipes.requests.config import Attack
from superalign.recipes.requests.dialogue import Leading
from superalign.recipes.requests.seats import DEEPEST, Deepening, Disguiser, recast
from superalign.records import Problem, digest, seed_of

GOALS = 60
"""Harmful requests that a search starts from."""
TURNS = 3
"""Replies of the learner in a dialogue."""
FAMILIES: tuple[Attack, ...] = ("archive", "random", "pair", "explore")
"""Between whom the attack `families` splits its budget; not who is held out beside it."""
DEPTH, WIDTH = 2, 3
"""Of a tree."""
STREAMS, ITERATIONS = 3, 3
"""Of PAIR."""
HELD_BACK: dict[Attack, int] = {"tree": DEPTH * WIDTH, "pair": STREAMS * ITERATIONS}
"""Who measures and never trains, the first that is not the attack itself, and what a goal costs."""
HELD_TO = 0.05
"""Weight of the divergence of a trained attacker from where it started, in nats per token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attackers:
    """Makes attackers that share a seat, goals of their own, and the disguises that may train."""

    seat: Disguiser
    seed: int
    checkpoints: Path
    """Where an attacker that is trained keeps its weights."""
    draw: Callable[[Random], Problem]
    """Gives any request that may train, as people send them."""

    def named(self, name: Attack) -> Attacker:
        """Return an attacker that trains a learner: every attack beside its benign twin.

        Raises:
            BadInput: If it trains its model, and who sits there has no weights at hand.
        """
        match name:
            case "random":
                return Drawn(self.draw)
            case "bandit":
                return self._bandit(("archive", "random"))
            case "families":
                return self._bandit(FAMILIES)
            case "drift":
                goals = self.goals(name)
                rng = Random(seed_of(self.seed, "drift twins"))
                return self._drift([*goals, *(world.twin(g, rng) for g in goals)])
            case _:
                return Twinned(self._search(name, self.goals(name)), world.twin)

    def held_out(self, attack: Attack, n: int) -> tuple[str, Attacker, int]:
        """Return who measures beside `attack`: its name, itself, and what `n` goals cost.

        The goals are its own: nothing trains on them. Each may cost as many samples of the learner.
        """
        name = next(held for held in HELD_BACK if held != attack)
        goals = self.goals("held out", n)
        return name, HeldOut(self._search(name, goals)), n * HELD_BACK[name]

    def goals(self, purpose: str, n: int = GOALS) -> list[Problem]:
        """Return plain harmful requests, over all topics in turn."""
        rng, topics = Random(seed_of(self.seed, purpose)), [*TOPICS]
        return [world.draw(topics[i % len(topics)], Intent.HARMFUL, (), rng) for i in range(n)]

    def _bandit(self, names: Sequence[Attack]) -> Bandit:
        return Bandit(attackers={n: self.named(n) for n in names}, waves=4, slots=2)

    def _drift(self, goals: Sequence[Problem]) -> Drift:
        brief = self.seat.note if self.seat.chats else ""
        game = Leading(self.seat, TURNS)
        return Drift(goals=goals, attacker=self.seat.policy, game=game, brief=brief)

    def _search(self, name: Attack, goals: Sequence[Problem]) -> Attacker:
        policy, on_goal = self.seat.policy, self.seat.kept
        match name:
            case "archive":
                return self._archive(goals)
            case "explore":
                return Explore(goals=goals, actions=self._wrappers(), depth=DEEPEST)
            case "pair":
                return Pair(
                    goals=goals,
                    attacker=policy,
                    streams=STREAMS,
                    iterations=ITERATIONS,
                    on_goal=on_goal,
                    voice=self._voice(),
                )
            case "tree":
                return Tree(
                    goals=goals,
                    attacker=policy,
                    on_goal=on_goal,
                    depth=DEPTH,
                    width=WIDTH,
                    branches=1,
                    voice=self._voice(),
                )
            case "trained":
                return self._trained(goals)
        raise ValueError(f"{name} is no search")

    def _voice(self) -> Voice:
        return Chat(self.seat.note, recast) if self.seat.chats else Deepening(self.seat)

    def _wrappers(self) -> Axis:
        return Axis("wrapper", tuple(f"wrapper:{f}" for f in self.seat.families), self.seat)

    def _archive(self, goals: Sequence[Problem]) -> Archive:
        topics = Axis("topic", tuple(f"topic:{t}" for t in TOPICS), Scripted(_moved, name="topic"))
        return Archive(
            seeds=goals,
            axes=[topics, self._wrappers()],
            classify=Worn(),
            valid=Validity(bleu=None, cosine=None),
            batch=40,
        )

    def _trained(self, goals: Sequence[Problem]) -> TrainedAttacker[LocalPolicy]:
        from superalign.learners.reinforce import Reinforce

        start = self.seat.policy
        if not isinstance(start, LocalPolicy):
            raise BadInput("attack 'trained' trains its model: 'attacker' must name a checkpoint")
        return TrainedAttacker(
            policy=start,
            learner=Reinforce(folder=self.checkpoints, steps=20, beta=HELD_TO, reference=start),
            parents=goals,
            valid=Validity(bleu=None, cosine=None),
            prompted=self.seat.prompted,
            read=self.seat.read,
            waves=2,
        )


@dataclass(frozen=True, slots=True)
class Worn:
    """Says where a request belongs: its topic, and its outermost wrapper."""

    @property
    def id(self) -> str:
        """Names the rule."""
        return digest("worn")

    async def __call__(self, problem: Problem, *, seed: int) -> Cell | None:
        """Return the cell, or None for a request as it is."""
        request = world.parse(problem.prompt)
        if not request.layers:
            return None
        return f"topic:{request.topic}", f"wrapper:{request.layers[-1].family}"


def _moved(problem: Problem, value: str, rng: Random) -> Problem:
    """Return a request of the same intent about another topic."""
    request = world.parse(problem.prompt)
    families = [layer.family for layer in request.layers]
    fresh = world.draw(value.removeprefix("topic:"), request.intent, families, rng)
    return fresh.model_copy(update={"parent": problem.parent or problem.id})
