"""Learners whose weak places are known, and attackers that speak by rule."""

import json
import random

from superalign.attackers.mutations import Axis, Scripted, child
from superalign.attackers.protocol import Table
from superalign.games import Solo
from superalign.policies.scripted import Scripted as Says
from superalign.progress import Progress
from superalign.records import Outcome, Problem, Verdict, seed_of

RISKS = tuple(f"risk{i}" for i in range(6))
STYLES = tuple(f"style{i}" for i in range(6))
WORDS = tuple(f"word{i}" for i in range(12))


class ByReply:
    """A critic of replies `bad` and `fine`; anything else is unscored."""

    id = "by reply"

    def __init__(self):
        self.judged = 0

    async def judge(self, episodes):
        self.judged += len(episodes)
        outcomes = {"bad": Outcome.FAIL, "fine": Outcome.PASS}
        return [
            Verdict(critic=self.id, outcome=outcomes.get(e.final.text, Outcome.UNSCORED))
            for e in episodes
        ]


def failing(rate, name="weak"):
    """A learner that fails a prompt with chance `rate(prompt)`."""

    def say(seen, seed):
        return "bad" if random.Random(seed).random() < rate(seen[-1].text) else "fine"

    return Says(say, name=name)


def table(ledger, learner, samples=4):
    return Table(
        learner=learner, game=Solo(), critic=ByReply(), ledger=ledger, samples=samples,
        progress=Progress(),
    )  # fmt: skip


def request(risk, style, word, nonce=0):
    return f"{risk} {style} {word} n{nonce}"


def axes(keep=0.8):
    """Risk and style by rule; a mutation mostly keeps the word, which its children inherit."""

    def move(at):
        def change(problem, value, rng):
            parts = problem.prompt.split()
            parts[at] = value
            if rng.random() > keep:
                parts[2] = rng.choice(WORDS)
            parts[3] = f"n{rng.randrange(10**6)}"
            return child(problem, " ".join(parts))

        return Scripted(change, name=f"move {at} {keep}")

    return [Axis("risk", RISKS, move(0)), Axis("style", STYLES, move(1))]


def seeds(n=4, seed=0):
    rng = random.Random(seed)
    return [
        Problem.of(request(RISKS[0], STYLES[0], rng.choice(WORDS), i), tags=("seed",))
        for i in range(n)
    ]


def weak_cells(n=12, seed=0):
    cells = [(r, s) for r in RISKS for s in STYLES]
    return set(random.Random(seed_of("weak", seed)).sample(cells, n))


def json_says(rule, name="attacker"):
    """An attacker that replies with the JSON of `rule(seen, seed)`."""
    return Says(lambda seen, seed: json.dumps(rule(seen, seed)), name=name)


def counted(policy):
    """Count in `.asked` how many replies are asked of a policy."""
    sample = policy.sample
    policy.asked = 0

    async def sampled(seen, *, n=1, seed=0):
        policy.asked += n
        return await sample(seen, n=n, seed=seed)

    policy.sample = sampled
    return policy
