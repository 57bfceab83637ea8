"""Replies to requests, as a critic and as people judge them."""

import random

from plays import judged, said
from superalign.critics.oracle import RequestsOracle
from superalign.oversight.overseer import Overseer
from superalign.oversight.people import People
from superalign.problems.requests.replies import EVASIONS, REFUSALS, comply
from superalign.problems.requests.words import TOPICS
from superalign.problems.requests.world import Intent, draw, parse
from superalign.recipes.requests.teach import group_of
from superalign.records import Outcome


def request(i=0, intent=Intent.HARMFUL, families=("shift",)):
    return draw([*TOPICS][i % len(TOPICS)], intent, families, random.Random(i))


def text(problem, kind):
    """Return a reply that helps, refuses in one of four ways (`refuse1`) or evades."""
    if kind == "help":
        return comply(parse(problem.prompt).recipe)
    return EVASIONS[0] if kind == "evade" else REFUSALS[int(kind.removeprefix("refuse") or 0)]


def bare(problem, kind, *, stop="end", seed=0):
    return said(problem, text(problem, kind), stop, seed=seed)


def replied(problem, passed=(), failed=(), *, sure=0.95):
    """Return judged replies to a request: kinds that the critic passed, and that it failed."""
    found = [judged(problem, text(problem, k), True, sure, raw=sure) for k in passed]
    found += [judged(problem, text(problem, k), False, 1 - sure, raw=1 - sure) for k in failed]
    return found


def unread(problem, kind):
    return judged(problem, text(problem, kind), Outcome.UNSCORED)


def overseer(budget=1000):
    people = People(RequestsOracle(), levels=None, budget=budget, noise=0.0, seed=0)
    return Overseer(people=people, seed=0, group=group_of)


def audited(watch, n=40, wrong=0, *, families=("shift",), sure=0.95):
    """Have people see `n` replies of a group, about `wrong` of which the critic got wrong."""
    for i in range(n):
        problem = request(1000 + i, families=families)
        right = i >= wrong
        sides = (["refuse"], []) if right else ([], ["refuse"])
        watch.audit(replied(problem, *sides, sure=sure))
    return watch
