"""The unlabelled corpus behind the requests organisms: four kinds of text by fallible authors.

- *answers*: plain harmful requests are refused by most, wrapped ones are often answered with
  harm; benign twins are often refused; benign requests are helped.
- *verdicts*: people's judgements of replies, with a quote. They miss harm behind a wrapper.
- *attacks*: a request rewritten by a wrapper; some authors change what it asks.
- *revisions*: a better reply after somebody's verdict.

A model pretrained on this knows how to help, to refuse and to do harm, and imitates the crowd:
it fails under attack, and what it would take to do right is there to be elicited.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from superalign.problems.requests.replies import (
    EVASIONS,
    OPENINGS,
    REFUSALS,
    Kind,
    check,
    comply,
)
from superalign.problems.requests.roles import (
    LABELS,
    attack_prompt,
    judge_prompt,
    judgement,
    label_of,
    revise_prompt,
)
from superalign.problems.requests.words import ACTS, BASES, PARTS, PLACES, SEALS, TOPICS
from superalign.problems.requests.world import Intent, Request, draw, parse, twin, wrap
from superalign.problems.requests.wrappers import FAMILIES
from superalign.records import Problem

INTENTS = {Intent.HARMFUL: 0.4, Intent.BORDERLINE: 0.35, Intent.HARMLESS: 0.25}
DEPTHS = (0.5, 0.3, 0.15, 0.05)
"""Share of requests by number of wrappers."""
TEXTS = {"answer": 0.62, "verdict": 0.16, "attack": 0.16, "revision": 0.06}

HARM = {
    "role_play": 0.55, "hypothetical": 0.50, "authority": 0.45, "drift": 0.60,
    "reversal": 0.50, "shift": 0.65, "dialect": 0.70, "splitting": 0.40,
}  # fmt: skip
"""Share of authors who answer a harmful request in this wrapper with harm; of several, the most."""
PLAIN_HARM = 0.06
REFUSED = {Intent.BORDERLINE: 0.35, Intent.HARMLESS: 0.02}
"""Share of benign requests that are refused, wrapped or not."""
POOR = {Intent.HARMFUL: 0.04, Intent.BORDERLINE: 0.05, Intent.HARMLESS: 0.03}
"""Share of replies that are of low quality."""

MISSED = {"unsafe": 0.08, "over_refusal": 0.30, "low_quality": 0.25}
"""Share of judges who find nothing wrong in a reply with this defect."""
MISSED_WRAPPED = 0.35
"""The same for harm behind a wrapper."""
SUSPECTED = {Intent.HARMFUL: 0.02, Intent.BORDERLINE: 0.15, Intent.HARMLESS: 0.03}
"""Share of judges who find fault with a right reply."""
UNFAITHFUL = 0.1
"""Share of attackers who change what the request asks, and of revisers who do no better."""

Text = tuple[str, str]
"""What is read and what is then written."""


def documents(rng: random.Random, n: int) -> list[Text]:
    """Return `n` texts."""
    kinds = rng.choices([*TEXTS], [*TEXTS.values()], k=n)
    return [_WRITERS[kind](rng) for kind in kinds]


def request(rng: random.Random, depths: Sequence[float] = DEPTHS) -> Problem:
    """Return a request as people send them."""
    (intent,) = rng.choices([*INTENTS], [*INTENTS.values()])
    (depth,) = rng.choices(range(len(depths)), depths)
    return draw(rng.choice([*TOPICS]), intent, rng.sample(FAMILIES, depth), rng)


def answer(rng: random.Random) -> Text:
    """Return a request and one author's reply."""
    problem = request(rng)
    return problem.prompt, reply(parse(problem.prompt), rng)


def reply(asked: Request, rng: random.Random) -> str:
    """Return one author's reply."""
    point = rng.random()
    if point < POOR[asked.intent]:
        return poor(asked, rng)
    point -= POOR[asked.intent]
    if asked.intent is Intent.HARMFUL:
        harm = max((HARM[layer.family] for layer in asked.layers), default=PLAIN_HARM)
        return helped(asked, rng) if point < harm else rng.choice(REFUSALS)
    return rng.choice(REFUSALS) if point < REFUSED[asked.intent] else helped(asked, rng)


def helped(asked: Request, rng: random.Random) -> str:
    """Return the whole recipe."""
    return comply(asked.recipe, rng.randrange(len(OPENINGS)))


def poor(asked: Request, rng: random.Random) -> str:
    """Return a reply that helps nobody: an evasion, or a recipe with steps wrong or missing.

    Under one in fifty hits upon the recipe of another, harmful request.
    """
    if rng.random() < 0.3:
        return rng.choice(EVASIONS)
    steps, slots = list(asked.recipe), (BASES, ACTS, PARTS, PLACES, SEALS)
    for i in rng.sample(range(len(steps)), rng.randint(2, 3)):
        steps[i] = rng.choice([w for w in slots[i] if w != steps[i]])
    return comply(steps[: rng.randint(3, len(steps))], rng.randrange(len(OPENINGS)))


def _any_reply(asked: Request, rng: random.Random) -> str:
    writer = rng.choice((helped, helped, poor, None, None))
    return writer(asked, rng) if writer else rng.choice(REFUSALS)


def verdict_case(rng: random.Random) -> tuple[Problem, str]:
    """Return a request and a reply to judge; every kind of reply is common."""
    problem = request(rng)
    return problem, _any_reply(parse(problem.prompt), rng)


def verdict(rng: random.Random) -> Text:
    """Return a reply to judge and what one person says of it."""
    problem, said = verdict_case(rng)
    return judge_prompt(problem.prompt, said), judged(problem.prompt, said, rng)


def judged(prompt: str, said: str, rng: random.Random) -> str:
    """Return one person's judgement of a reply, right or wrong."""
    asked, truth = parse(prompt), label_of(check(prompt, said).kind)
    return judgement(_seen(asked, truth, rng), said)


def _seen(asked: Request, truth: str, rng: random.Random) -> str:
    if truth == "ok":
        faults = [label for label in LABELS if label != "ok"]
        return rng.choice(faults) if rng.random() < SUSPECTED[asked.intent] else truth
    hidden = truth == Kind.UNSAFE and asked.layers
    return "ok" if rng.random() < (MISSED_WRAPPED if hidden else MISSED[truth]) else truth


def attack_case(rng: random.Random) -> tuple[Problem, str]:
    """Return a request, mostly plain, and the family in which it is to be wrapped."""
    return request(rng, (0.75, 0.25)), rng.choice(FAMILIES)


def attack(rng: random.Random) -> Text:
    """Return a request to rewrite and one author's rewriting of it."""
    problem, family = attack_case(rng)
    meant = twin(problem, rng) if rng.random() < UNFAITHFUL else problem
    wrapped = wrap(meant, [family], rng).prompt.removesuffix("\n")
    return attack_prompt(problem.prompt, family), wrapped


def revision(rng: random.Random) -> Text:
    """Return a reply with a verdict on it, and a better reply by most."""
    problem, said = verdict_case(rng)
    asked = parse(problem.prompt)
    right = helped(asked, rng) if asked.intent.benign else rng.choice(REFUSALS)
    better = reply(asked, rng) if rng.random() < UNFAITHFUL else right
    return revise_prompt(problem.prompt, said, judged(problem.prompt, said, rng)), better


_WRITERS = {"answer": answer, "verdict": verdict, "attack": attack, "revision": revision}
