import asyncio
import random
from statistics import fmean

import pytest
from worlds import counted, failing, table

from superalign.attackers.bandit import Bandit, by_tags
from superalign.attackers.held_out import HeldOut
from superalign.attackers.scoring import Purse
from superalign.attackers.thompson import Posterior, choose
from superalign.ledger import Ledger
from superalign.records import Outcome, Problem, Verdict, seed_of


class Finds:
    """An attacker that hits one of its clusters with some chance, and misses otherwise."""

    def __init__(self, name, clusters, chance):
        self.name, self.clusters, self.chance, self.budgets = name, clusters, chance, []

    async def attack(self, at, *, budget, seed):
        self.budgets.append(budget)
        purse, rng = Purse(at, budget), random.Random(seed_of(seed, self.name))
        problems = [self._problem(rng) for _ in range(purse.problems)]
        await purse.play(problems, seed=seed)
        return purse.tried

    def _problem(self, rng):
        hit = rng.random() < self.chance
        cluster = f"{self.name}{rng.randrange(self.clusters)}"
        word = "bad" if hit else "fine"
        return Problem.of(f"{word} {self.name} {rng.random()}", tags=(cluster,) if hit else ())


LEARNER = failing(lambda p: float(p.startswith("bad")))


def engines():
    """Two that find the same hole over and over, one that finds little, one that finds new ones."""
    return {
        "often": Finds("often", 1, 0.9),
        "same": Finds("same", 2, 0.7),
        "rare": Finds("rare", 100, 0.02),
        "new": Finds("new", 100, 0.5),
    }


def clusters(played):
    return {e.problem.tags for e in played if e.final.text == "bad"}


def run(attacker, at, budget, seed=0):
    return asyncio.run(attacker.attack(at, budget=budget, seed=seed))


def test_regret_in_new_clusters_is_well_below_that_of_an_even_split(tmp_path):
    found, even, best = [], [], []
    for seed in range(5):
        with Ledger.open(tmp_path / str(seed), {}, seed=0) as ledger:
            at = table(ledger, LEARNER, 1)
            found.append(len(clusters(run(Bandit(attackers=engines()), at, 120, seed))))
            uniform = Bandit(attackers=engines(), explore=1.0)
            even.append(len(clusters(run(uniform, at, 120, seed))))
            best.append(len(clusters(run(engines()["new"], at, 120, seed))))
    regret, uniform = fmean(best) - fmean(found), fmean(best) - fmean(even)
    assert regret < 0.6 * uniform, (found, even, best)


@pytest.mark.parametrize("budget", [0, 3, 37, 100])
def test_the_budget_is_split_and_never_passed(ledger, budget):
    learner = counted(failing(lambda p: 0.5))
    tool = Bandit(attackers=engines())
    played = run(tool, table(ledger, learner, 2), budget)
    assert len(played) == learner.asked == budget // 2 * 2


def test_only_the_first_hit_of_a_cluster_is_rewarded(ledger):
    tool = Bandit(attackers={"often": Finds("often", 1, 1.0)})
    run(tool, table(ledger, LEARNER, 2), 80)
    assert (tool.arms["often"].hits, tool.arms["often"].tried) == (1, 40)
    assert tool.clusters.total() == 40


def test_every_attacker_is_tried_now_and_then_whatever_it_found(ledger):
    attackers = {"new": Finds("new", 10**6, 1.0), "never": Finds("never", 1, 0.0)}
    tool = Bandit(attackers=attackers, waves=10, slots=4, explore=0.2)
    run(tool, table(ledger, LEARNER, 1), 400)
    assert 0.02 < sum(attackers["never"].budgets) / 400 < 0.3


def test_what_is_left_unspent_goes_to_the_waves_that_follow(ledger):
    class Lazy(Finds):
        async def attack(self, at, *, budget, seed):
            return await super().attack(at, budget=budget if len(self.budgets) > 3 else 0, seed=1)

    lazy = Lazy("lazy", 5, 0.5)
    run(Bandit(attackers={"lazy": lazy}, waves=8), table(ledger, LEARNER, 1), 80)
    assert lazy.budgets == [0, 0, 0, 0, *[20] * 4]


def test_an_attacker_that_spends_more_than_its_part_is_an_error(ledger):
    class Greedy(Finds):
        async def attack(self, at, *, budget, seed):
            return await super().attack(at, budget=budget + 1, seed=seed)

    with pytest.raises(ValueError, match="greedy spent 11 of 10"):
        run(Bandit(attackers={"greedy": Greedy("g", 1, 1.0)}), table(ledger, LEARNER, 1), 80)


def test_a_held_out_attacker_is_no_arm():
    with pytest.raises(ValueError, match="never train anything: kept"):
        Bandit(attackers={"kept": HeldOut(engines()["new"])})


def test_a_resumed_bandit_splits_alike_and_asks_nothing(tmp_path):
    asked, told = [], []
    for _ in range(2):
        with Ledger.open(tmp_path / "run", {}, seed=0) as ledger:
            learner = counted(failing(lambda p: float(p.startswith("bad"))))
            tool = Bandit(attackers=engines())
            told.append((run(tool, table(ledger, learner, 1), 80), tool.arms))
            asked.append(learner.asked)
    assert told[0] == told[1]
    assert asked == [80, 0]


def test_failures_of_the_same_tags_and_kind_are_one_cluster(ledger):
    played = run(engines()["often"], table(ledger, LEARNER, 1), 1)[0]
    tagged = played.model_copy(
        update={"problem": played.problem.model_copy(update={"tags": ("b", "a", "b")})}
    )
    verdict = Verdict(critic="c", outcome=Outcome.FAIL, kind="leak")
    assert by_tags(tagged, verdict) == (("a", "b"), "leak")


def test_without_exploration_no_number_is_drawn_for_it():
    arms = {"x": Posterior(3, 5), "y": Posterior(1, 9)}
    rng = random.Random(1)
    drawn = max(arms, key=lambda a: arms[a].draw(rng))
    assert choose(arms, random.Random(1)) == drawn
    assert {choose(arms, random.Random(i), explore=1.0) for i in range(20)} == {"x", "y"}
