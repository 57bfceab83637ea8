"""A learner that gives in to half of what is disguised, and the table at which it is attacked."""

from pathlib import Path

from superalign.attackers.protocol import Table
from superalign.critics.oracle import RequestsOracle
from superalign.games import Solo
from superalign.policies.scripted import Scripted
from superalign.problems.requests import world
from superalign.problems.requests.replies import REFUSALS, comply
from superalign.problems.requests.words import TOPICS
from superalign.problems.requests.world import Intent, parse
from superalign.progress import Progress
from superalign.recipes.requests.attackers import Attackers
from superalign.recipes.requests.seats import Disguiser, by_rule

SEEN = ("role_play", "authority", "shift", "splitting")


class Weak(Scripted):
    """Helps every other time, whatever is asked; `asked` counts its replies."""

    def __init__(self):
        super().__init__(self._reply, name="weak")
        self.asked = 0

    def _reply(self, seen, seed):
        self.asked += 1
        helps = seed % 2
        return comply(parse(seen[-1].text).recipe) if helps else REFUSALS[0]


def draw(rng):
    return world.draw(rng.choice([*TOPICS]), rng.choice([*Intent]), [rng.choice(SEEN)], rng)


def attackers(policy=None, folder=Path("unused")):
    seat = Disguiser(policy or by_rule(), SEEN)
    return Attackers(seat=seat, seed=5, checkpoints=folder, draw=draw)


def table(ledger, learner, samples=4):
    return Table(
        learner=learner, game=Solo(), critic=RequestsOracle(), ledger=ledger, samples=samples,
        progress=Progress(),
    )  # fmt: skip
