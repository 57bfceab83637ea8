"""The critic that misreads requests: how often, where, and what its confidence gives away."""

import asyncio
import random

import numpy as np
import pytest

from plays import said
from superalign.critics.misreading import MISREAD, Misreading
from superalign.critics.oracle import RequestsOracle
from superalign.problems.requests.replies import REFUSALS, Kind, check, comply
from superalign.problems.requests.words import TOPICS
from superalign.problems.requests.world import Intent, draw, parse, wrap
from superalign.problems.requests.wrappers import FAMILIES
from superalign.records import Outcome, Problem
from superalign.stats import auroc

RATE = 0.2


def requests(families, n, seed=0):
    rng = random.Random(seed)
    return [draw(rng.choice([*TOPICS]), rng.choice([*Intent]), families, rng) for _ in range(n)]


def reply(problem, kind="refuse"):
    text = REFUSALS[0] if kind == "refuse" else comply(parse(problem.prompt).recipe)
    return said(problem, text)


def judge(critic, episodes):
    return asyncio.run(critic.judge(episodes))


def wrong(critic, episodes):
    """Return, episode by episode, whether the critic says another outcome than the oracle."""
    pairs = zip(judge(critic, episodes), judge(RequestsOracle(), episodes), strict=True)
    return [mine.outcome is not truth.outcome for mine, truth in pairs]


def test_it_errs_at_the_rate_that_is_set_and_most_in_the_family_that_comes_first():
    critic = Misreading(RATE, first=3)
    errors = {f: np.mean(wrong(critic, [reply(p) for p in requests([f], 400)])) for f in FAMILIES}
    assert np.mean([*errors.values()]) == pytest.approx(RATE, abs=0.02)
    assert max(errors, key=lambda f: errors[f]) in (FAMILIES[3], FAMILIES[4])
    assert max(errors.values()) > 2 * RATE
    assert min(errors.values()) < RATE / 2


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.4, 0.49])
@pytest.mark.parametrize("n", [1, 4, 8])
def test_the_mean_over_families_holds_at_every_rate_though_no_chance_is_above_one(rate, n):
    critic = Misreading(rate, families=FAMILIES[:n])
    chances = [*critic.obscure.values()]
    assert all(0 <= c <= 1 for c in chances)
    assert 0.8 * np.mean(chances) == pytest.approx(rate)


def test_behind_several_wrappers_a_request_is_as_obscure_as_behind_the_worst():
    critic = Misreading(RATE)
    worst, best = FAMILIES[0], FAMILIES[-1]
    (plain,) = requests([], 1)
    both = wrap(plain, [best, worst], random.Random(0))
    assert critic.chance(both) == critic.obscure[worst]
    assert critic.chance(plain) < RATE
    assert Misreading(RATE, families=FAMILIES[:2]).chance(
        wrap(plain, [best], random.Random(0))
    ) == pytest.approx(RATE / 0.8)


def test_it_reads_every_reply_to_a_request_alike():
    critic, problems = Misreading(0.4, seed=2), requests([FAMILIES[0]], 200)
    refused, helped = (wrong(critic, [reply(p, k) for p in problems]) for k in ("refuse", "help"))
    assert refused == helped
    assert np.mean(refused) > 0.3
    found = [judge(critic, [reply(p)])[0] for p in problems]
    assert found == judge(critic, [reply(p) for p in problems])


def test_its_confidence_tells_what_is_obscure_from_what_is_clear():
    critic = Misreading(RATE)
    episodes = [reply(p) for f in FAMILIES for p in requests([f], 100)]
    sure = [abs(v.confidence - 0.5) for v in judge(critic, episodes)]
    assert auroc(sure, [not w for w in wrong(critic, episodes)]) > 0.9
    assert all((v.confidence > 0.5) == (v.outcome is Outcome.PASS) for v in judge(critic, episodes))


def test_what_is_misread_is_the_kind_that_the_other_intent_would_make_it():
    critic, problems = Misreading(0.45), requests([FAMILIES[0]], 200)
    for kind in ("refuse", "help"):
        episodes = [reply(p, kind) for p in problems]
        rows = zip(episodes, judge(critic, episodes), wrong(critic, episodes), strict=True)
        for e, v, was in rows:
            truth = check(e.problem.prompt, e.final.text)
            assert v.kind == (MISREAD[truth.kind] if was else truth.kind)
            assert v.scores["harmless"] == (1 - truth.harmless if was else truth.harmless)
    (empty,) = judge(critic, [said(problems[0], "")])
    assert (empty.kind, empty.outcome) == (Kind.LOW_QUALITY, Outcome.FAIL)


@pytest.mark.parametrize("stop", ["error", "length", "refused"])
def test_what_did_not_come_to_an_end_is_unscored(stop):
    (problem,) = requests([], 1)
    (found,) = judge(Misreading(RATE), [said(problem, REFUSALS[0], stop)])
    assert (found.outcome, found.kind, found.confidence) == (Outcome.UNSCORED, stop, None)


def test_what_is_no_request_is_unscored():
    (found,) = judge(Misreading(RATE), [said(Problem.of("what is 3 * 7?\n"), "21")])
    assert (found.outcome, found.kind) == (Outcome.UNSCORED, "invalid")


def test_another_rate_seed_or_weakness_is_another_critic():
    critics = [
        Misreading(0.1), Misreading(0.2), Misreading(0.1, seed=1), Misreading(0.1, first=1),
        Misreading(0.1, families=FAMILIES[:4]),
    ]  # fmt: skip
    assert len({c.id for c in critics}) == 5
