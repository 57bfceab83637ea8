"""New domains written by a model: its literals are parsed, checked and mended, never executed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from superalign.errors import BadInput
from superalign.problems.kumo.domain import Domain, State
from superalign.problems.kumo.literals import from_python
from superalign.records import Message, Policy, Reply, seed_of

LEAST_ACTIONS, LEAST_TRUTHS = 30, 50
"""What a domain is asked to have."""
ROUNDS = 5
"""Times that a model is asked to go on, at most."""


class Theme(NamedTuple):
    """What a domain is about."""

    goal: str
    truths: str
    """What a candidate is called, for instance `diseases`."""
    actions: Sequence[str]
    """A few examples."""


PROPOSE = """You design domains for a reasoning game. A domain has candidates, of which one is \
valid, and actions, whose outcomes rule candidates out and never confirm one."""

ASK = """Goal: {goal}
Candidates are {truths}. Examples of actions: {actions}.
List at least {n_truths} candidates and at least {n_actions} actions. Give each action two or more \
outcomes: words, or intervals of numbers that do not overlap; use both kinds. Say of every outcome \
which candidates it rules out, as experts would. No candidate may be ruled out by all outcomes of \
an action, and each has to be ruled out by some outcome."""

STATUS = "End with a line that is END if the domain is complete and NO_END if you have to go on."
GO_ON = f"Go on where you stopped, and repeat nothing. {STATUS}"

EXTRACT = """Write the whole domain as one Python code block of three literals and nothing else:
Truths = [names], Actions = [names], and
Outcomes = {action: {"type": "str" or "float", "states": {word or (low, high): {names}}}}.
Write set() for no names. No expressions, no imports, no functions."""

_FENCE = re.compile(r"```(?:python)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """A domain that a model wrote, and what had to be mended or is still short."""

    domain: Domain
    mended: tuple[str, ...]
    short: tuple[str, ...]


async def proposed(theme: Theme, policy: Policy, *, name: str, seed: int = 0) -> Written:
    """Have a model write a domain: a list, continued while it says so, then one literal block.

    Raises:
        BadInput: If the block is missing, is no literal, or nothing that can be played is left.
    """
    ask = ASK.format(
        goal=theme.goal,
        truths=theme.truths,
        actions=", ".join(theme.actions),
        n_truths=LEAST_TRUTHS,
        n_actions=LEAST_ACTIONS,
    )
    talk = [Message(role="system", text=PROPOSE), Message(role="user", text=f"{ask}\n{STATUS}")]
    for turn in range(1 + ROUNDS):
        reply = await _say(policy, talk, name, seed_of(seed, "propose", turn))
        talk.append(Message(role="assistant", text=reply.text))
        if not goes_on(reply.text):
            break
        talk.append(Message(role="user", text=GO_ON))
    if talk[-1].role == "user":
        talk.pop()
    talk.append(Message(role="user", text=EXTRACT))
    reply = await _say(policy, talk, name, seed_of(seed, "extract"))
    return read(reply.text, name, theme.goal)


def goes_on(text: str) -> bool:
    """Return whether the last line that is a status says that the text goes on."""
    found = re.findall(r"^\W*(NO_END|END)\W*$", text, re.MULTILINE)
    return bool(found) and found[-1] == "NO_END"


def read(text: str, name: str, goal: str = "") -> Written:
    """Parse the last code block of a reply, which is never executed, and mend the domain.

    Raises:
        BadInput: As `proposed`.
    """
    blocks = _FENCE.findall(text)
    if not blocks:
        raise BadInput(f"{name}: the reply holds no code block")
    return mended(from_python(blocks[-1], name), goal)


def mended(domain: Domain, goal: str = "") -> Written:
    """Return what can be played of a domain: rules that contradict the game are taken out.

    Dropped are intervals in which no number lies, actions with fewer than two outcomes, of an
    action the exclusions of a truth that all of its outcomes rule out, and truths that nothing
    rules out.

    Raises:
        BadInput: If fewer than two truths or no action is left.
    """
    said = tuple(domain.faults())
    outcomes = {}
    for action, states in domain.outcomes.items():
        usable = [s for s in states if s.drawable]
        if len(usable) < 2:
            continue
        always = frozenset.intersection(*(s.excludes for s in usable))
        outcomes[action] = tuple(State(s.value, s.excludes - always) for s in usable)
    touched = frozenset().union(*(s.excludes for states in outcomes.values() for s in states))
    truths = tuple(t for t in domain.truths if t in touched)
    if len(truths) < 2:
        raise BadInput(f"{domain.name}: {len(truths)} truths can be ruled out; a game needs two")
    short = [
        f"{found} {what} of {wanted}"
        for what, found, wanted in (
            ("truths", len(truths), LEAST_TRUTHS),
            ("actions", len(outcomes), LEAST_ACTIONS),
        )
        if found < wanted
    ]
    made = Domain(domain.name, truths, outcomes, goal or domain.goal, domain.kinds)
    return Written(made, said, tuple(short))


async def _say(policy: Policy, talk: Sequence[Message], name: str, seed: int) -> Reply:
    reply = (await policy.sample(talk, seed=seed))[0]
    if not reply.came:
        raise BadInput(f"{name}: the model gave no answer: {reply.error or reply.stop}")
    return reply
