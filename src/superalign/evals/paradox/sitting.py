"""One model before the items: everything is asked through here, recorded, and asked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from superalign.attackers.protocol import Table
from superalign.attackers.seeds import Seeds
from superalign.critics import Critic
from superalign.evals.asked import Asked
from superalign.evals.paradox.config import ParadoxConfig
from superalign.evals.paradox.players import Ask, Planted
from superalign.games.shown import Shown
from superalign.ledger import Ledger
from superalign.problems.paradox.item import Item
from superalign.problems.paradox.protocol import Style
from superalign.records import Episode, Policy


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """A model, what it is asked, and where it is written down."""

    config: ParadoxConfig
    asked: Asked
    ledger: Ledger
    policy: Policy
    style: Style
    items: Mapping[str, Item]

    async def play(
        self,
        name: str,
        asks: Sequence[Ask],
        critic: Critic,
        *,
        policy: Policy | None = None,
        samples: int = 1,
    ) -> list[Episode]:
        """Return judged replies, `samples` for each thing asked, in order.

        Args:
            name: Of the step, for whoever waits.
            asks: What is asked.
            critic: Judges the replies, by problem id.
            policy: Who is asked; None is the model of the sitting.
            samples: Replies to each.
        """
        policy = policy or self.policy
        if isinstance(policy, Planted):
            policy.told(asks)
        problems = [a.problem for a in asks]
        table = Table(
            learner=policy,
            game=Shown({p.id: a.seen for p, a in zip(problems, asks, strict=True)}),
            critic=critic,
            ledger=self.ledger,
            samples=samples,
            progress=self.asked.progress,
        )
        budget = len(asks) * samples
        self.asked.progress.begin(name, budget)
        return await Seeds(problems).attack(table, budget=budget, seed=self.asked.seed)
