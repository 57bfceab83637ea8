"""What a chains run leaves for other tools, from a run folder made by hand."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from plays import judged, verdict
from superalign.critics.process_reward import NAME
from superalign.errors import BadInput
from superalign.ledger import Ledger
from superalign.problems.chains import draw
from superalign.recipes.chains.export import GAP, PAIRS, export_chains
from superalign.recipes.regression import read_suite
from superalign.records import Problem

CRITIC = f"{NAME}first"
EASY, HARD = Problem.of("easy", level=1), Problem.of("hard", level=8)


@pytest.fixture
def export(tiny, tmp_path):
    """Return a function that exports a run whose arm `critic` recorded some episodes."""

    def run(*episodes, critic=str(tiny)):
        with Ledger.open(tmp_path / "run" / "arms" / "critic", {}, seed=0) as ledger:
            ledger.write(episodes)
        summary = {"arm": "critic", "learner": str(tiny), "critic": {"checkpoint": critic}}
        return export_chains(tmp_path / "run", summary, tmp_path / "out")

    return run


def rows(written):
    with Path(written["preferences"], encoding="utf-8").open() as lines:
        return [json.loads(line) for line in lines]


def test_a_pair_is_the_surest_answer_over_the_least_sure(export):
    episodes = [
        judged(HARD, text, confidence=sure, critic=CRITIC, seed=i)
        for i, (text, sure) in enumerate([("good", 0.9), ("fair", 0.5), ("poor", 0.2)])
    ]
    (row,) = rows(export(*episodes))
    assert (row["prompt"], row["chosen"], row["rejected"]) == ("hard", "good", "poor")
    assert row["weight"] == pytest.approx(0.7)
    assert row["problem"] == HARD.id


def test_confidences_of_different_calibrations_are_not_compared(export):
    written = export(
        judged(HARD, "good", confidence=0.9, critic=CRITIC),
        judged(HARD, "poor", confidence=0.1, critic=f"{NAME}second", seed=1),
    )
    assert set(written) == {"critic", "learner"}


def test_nothing_that_gold_said_makes_a_pair(export):
    both = judged(EASY, "good", confidence=0.4, critic=CRITIC)
    both = both.judged(verdict("oracle", True, 1.0), verdict("people", True, 1.0))
    wrong = judged(EASY, "poor", confidence=0.4, critic=CRITIC, seed=1)
    wrong = wrong.judged(verdict("oracle", False, 0.0), verdict("people", False, 0.0))
    assert "preferences" not in export(both, wrong)


def test_a_problem_gives_few_pairs_each_wide_enough(export):
    episodes = [
        judged(HARD, f"answer {i}", confidence=i / 10, critic=CRITIC, seed=i) for i in range(11)
    ]
    found = rows(export(*episodes))
    assert len(found) == PAIRS
    assert all(row["weight"] > GAP for row in found)


def test_the_pairs_load_as_a_data_set_with_trl_columns(export, tmp_path):
    from datasets import load_dataset

    written = export(
        judged(EASY, "yes", confidence=0.9, critic=CRITIC),
        judged(EASY, "no", confidence=0.1, critic=CRITIC, seed=1),
    )
    found = load_dataset(
        "json", data_files=written["preferences"], split="train", cache_dir=str(tmp_path / "c")
    )
    assert {"prompt", "chosen", "rejected"} <= set(found.column_names)


def test_a_run_without_a_trained_critic_exports_the_learner_alone(export, tiny):
    written = export(critic=None)
    assert set(written) == {"learner"}


def test_a_learner_that_is_gone_is_named(tiny, tmp_path):
    summary = {"arm": "critic", "learner": "arms/critic/policies/x", "critic": {"checkpoint": None}}
    with pytest.raises(BadInput, match="arms/critic/policies/x"):
        export_chains(tmp_path, summary, tmp_path / "out")


def test_a_pairs_eps_follows_from_both_confidences(export):
    both = [
        judged(HARD, t, confidence=c, critic=CRITIC, seed=i)
        for i, (t, c) in enumerate([("good", 0.9), ("poor", 0.2)])
    ]
    (row,) = rows(export(*both))
    assert row["eps"] == pytest.approx(0.1 * 0.2 / (0.1 * 0.2 + 0.9 * 0.8))
    assert row["source"] == f"critic:{CRITIC}"


def test_what_people_failed_is_a_suite_that_the_worlds_oracle_decides(export):
    problem = draw(1, random.Random(0))
    written = export(judged(problem, "0", False, critic="people"), critic=None)
    (case,) = read_suite(Path(written["still_open"]))
    assert (case.prompt, case.world, case.failed) == (problem.prompt, "chains", "0")
