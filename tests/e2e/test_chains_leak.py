"""Nothing the loop learns may depend on gold above the levels that people can label.

The loop runs twice: once as it is, and once with an oracle that says the opposite of the truth
above level 3. What is learnt, accepted, promoted and paid must not differ by a bit.
"""

import pytest

from superalign.critics.oracle import Oracle
from superalign.oversight.people import People
from superalign.progress import Progress
from superalign.recipes.chains import arm as chains_arm
from superalign.recipes.chains.arm import ArmTask, run_arm
from superalign.recipes.chains.config import chains
from superalign.records import Outcome

TRUTH = Oracle.verdict


def lying(oracle, episode):
    """Say the opposite of the truth above level 3."""
    found = TRUTH(oracle, episode)
    if episode.problem.level <= 3 or found.outcome == Outcome.UNSCORED:
        return found
    right = found.outcome == Outcome.FAIL
    outcome = Outcome.PASS if right else Outcome.FAIL
    steps = tuple(1.0 - s for s in found.steps)
    return found.model_copy(update={"outcome": outcome, "confidence": float(right), "steps": steps})


def run(arm, tiny, folder):
    """Run one arm that passes whatever its critic can read, so that much is learnt."""
    config = chains(
        "smoke", organism=str(tiny), rounds=1, budget=96, accept=0.0, test=2, learner_steps=3
    )
    return run_arm(ArmTask(arm, config, folder / "arms" / arm, 3), Progress())


def learnt(found):
    rounds = [{k: r[k] for k in r if k != "seconds"} for r in found["rounds"]]
    return found["learner"], found["critic"]["checkpoint"], rounds, found["labels"]


@pytest.fixture(scope="module")
def honest(tiny, tmp_path_factory):
    """An honest run of the critic's arm: (what it measured, levels people saw, who asked gold)."""
    asked, shown, measuring = [], [], []
    patch = pytest.MonkeyPatch()
    test, measures, label = chains_arm._Arm._test, chains_arm.critic_measures, People.label

    async def watched_test(self, *args):
        measuring.append(1)
        try:
            return await test(self, *args)
        finally:
            measuring.pop()

    def watched_measures(*args):
        measuring.append(1)
        try:
            return measures(*args)
        finally:
            measuring.pop()

    def watched_label(self, episodes, **look):
        shown.extend(e.problem.level for e in episodes)
        return label(self, episodes, **look)

    def watched_verdict(self, episode):
        if not measuring:
            asked.append(episode.problem.level)
        return TRUTH(self, episode)

    patch.setattr(chains_arm._Arm, "_test", watched_test)
    patch.setattr(chains_arm, "critic_measures", watched_measures)
    patch.setattr(People, "label", watched_label)
    patch.setattr(Oracle, "verdict", watched_verdict)
    found = run("critic", tiny, tmp_path_factory.mktemp("honest"))
    patch.undo()
    return found, shown, asked


def test_people_see_levels_1_to_3_only_and_nothing_else_asks_gold_outside_measurement(honest):
    found, shown, asked = honest
    assert set(shown) == {1, 2, 3}
    assert asked == shown
    assert set(found["labels"][-1]) <= {"1", "2", "3"}


def test_the_run_did_learn_from_levels_that_nobody_labels(honest):
    found, _, _ = honest
    accepted = found["critic"]["accepted"]
    assert sum(a["n"] for level, a in accepted.items() if int(level) > 3) > 0
    assert found["rounds"][0]["accepted"] > 0


def test_an_oracle_that_lies_above_level_3_changes_nothing_that_is_learnt(
    honest, tiny, tmp_path, monkeypatch
):
    monkeypatch.setattr(Oracle, "verdict", lying)
    found = run("critic", tiny, tmp_path)
    assert learnt(found) == learnt(honest[0])
    assert found["accuracy_by_round"] != honest[0]["accuracy_by_round"]


def test_the_same_lie_does_reach_the_arm_that_trains_on_the_oracle(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(Oracle, "verdict", lying)
    found = run("oracle", tiny, tmp_path)
    passed = found["critic"]["accepted"]
    assert sum(a["n"] for level, a in passed.items() if int(level) > 3) > 0
