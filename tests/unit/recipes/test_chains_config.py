"""What the recipe `chains` refuses, and that what it takes it can run."""

import asyncio
import json

import pytest

from superalign.errors import BadInput
from superalign.progress import Progress
from superalign.recipes.chains.arm import ArmTask, _Arm
from superalign.recipes.chains.config import PRESETS, chains
from superalign.recipes.chains.run import run_chains
from superalign.report.records import ChainsRun


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_can_be_run(preset):
    assert chains(preset).preset == preset


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"arms": []}, r"'arms' is \[\]; it must name an arm"),
        ({"arms": ["labels", "critic"]}, r"the first runs the loop, 'labels' does not"),
        ({"arms": ["critic", "critic"]}, r"'arms' is \['critic', 'critic'\]; .* none twice"),
        ({"easy": []}, r"'easy' is \[\]; it must have a level"),
        ({"hard": []}, r"'hard' is \[\]; it must have a level"),
        ({"hard": [8, 5]}, r"'hard' is \[8, 5\]; .* go up"),
        ({"hard": [4, 4]}, r"'hard' is \[4, 4\]; .* go up"),
        ({"easy": [0, 1]}, "'easy' has level 0; levels are 1 to 10"),
        ({"hard": [4, 11]}, "'hard' has level 11; levels are 1 to 10"),
        ({"hard": [3, 4]}, "'hard' begins at level 3; .* 'easy', which ends at level 3"),
        ({"hard": [1]}, "'hard' begins at level 1"),
        ({"first_labels": 1}, "'first_labels' is 1; it must be at least 2, one to train"),
        ({"first_labels": 0}, "'first_labels' is 0; it must be at least 2"),
        *(({name: -1}, f"'{name}' is -1; .* 0") for name in ("audits", "checks")),
        *(({name: -1}, f"'{name}' is -1; .* 0") for name in ("tampered", "composed")),
        ({"noise": -1}, "'noise' is -1.0; it must be from 0 to 0.5"),
        ({"noise": 0.6}, "'noise' is 0.6; it must be from 0 to 0.5"),
        ({"noise": float("nan")}, "'noise' is nan"),
        ({"accept": 1.1}, "'accept' is 1.1; it must be from 0 to 1"),
        ({"accept": -0.1}, "'accept' is -0.1"),
        ({"critic_lr": 0}, "'critic_lr' is 0.0; it must be above 0"),
        ({"learner_lr": float("inf")}, "'learner_lr' is inf"),
        *(
            ({name: 0}, f"'{name}' is 0; it must be at least 1")
            for name in ("per_problem", "critic_steps", "learner_steps", "test_between", "test")
        ),
    ],
)
def test_what_cannot_be_run_is_refused_by_the_name_of_its_field(fields, line):
    with pytest.raises(BadInput, match=line) as caught:
        chains("smoke", **fields)
    assert "\n" not in str(caught.value)


def small(tiny, **fields):
    sizes = {"rounds": 1, "budget": 16, "first_labels": 8, "test": 1, "learner_steps": 1}
    return chains("smoke", organism=str(tiny), accept=0.0, **{**sizes, **fields})


@pytest.mark.parametrize(
    ("easy", "hard", "headline"),
    [
        ([1, 2, 3], [4, 5], [5]),
        ([2], [9, 10], [9, 10]),
    ],
)
def test_the_headline_is_over_the_levels_that_the_run_has(tiny, tmp_path, easy, hard, headline):
    config = small(tiny, easy=easy, hard=hard, arms=["self_training"])
    run_chains(config, tmp_path / "run", Progress(), seed=0, workers=1)
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["hard_levels"]["levels"] == headline
    assert summary["hard_levels"]["end"]["n"] == len(headline)
    assert ChainsRun.read(summary, "summary").hard_levels.levels == tuple(headline)


def test_the_least_of_everything_can_be_run(tiny, tmp_path):
    least = {"first_labels": 2, "audits": 0, "checks": 0, "tampered": 0, "critic_steps": 1}
    config = small(tiny, **least, arms=["critic"], samples=1, budget=1, labels=2)
    summary = run_chains(config, tmp_path / "run", Progress(), seed=0, workers=1)
    assert summary["human_labels"]["total"] == 2


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_solutions_that_came_to_an_end_are_one_line(tiny, tmp_path, ledger, n):
    config = small(tiny, first_labels=2)
    arm = _Arm(ArmTask("critic", config, tmp_path, 0), ledger, Progress())
    labelled = asyncio.run(arm._label())[:n]
    with pytest.raises(BadInput, match=f"'first_labels' 2: {n} solutions came to an end"):
        asyncio.run(arm._critic(labelled))
