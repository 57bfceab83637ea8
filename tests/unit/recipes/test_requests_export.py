"""What a requests run leaves for other tools, from a run folder made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from plays import judged, said
from superalign.errors import BadInput
from superalign.learners.pairs import write_pairs
from superalign.ledger import Ledger
from superalign.problems.requests import world as requests
from superalign.problems.requests.words import TOPICS
from superalign.problems.requests.world import Intent
from superalign.recipes.requests.export import export_requests, pairs_made
from superalign.records import Example, Problem

A, B = Problem.of("a"), Problem.of("b")


def taught(problem, best, worst, flipped=0.0):
    moves = [said(problem, text).moves[0] for text in (best, worst)]
    return [
        Example(move=move, weight=weight, problem=problem.id, flipped=flipped)
        for move, weight in zip(moves, (1.0, -1.0), strict=True)
    ]


def test_a_pair_carries_what_the_loss_read_and_whose_it_is():
    made = [*taught(A, "good", "bad", 0.2), *taught(B, "yes", "no"), *taught(A, "good", "bad")]
    first, second = pairs_made(made, {(B.id, "no")})
    assert (first.chosen, first.rejected, first.flipped, first.weight) == ("good", "bad", 0.2, 1.0)
    assert (first.source, second.source) == ("samples", "people")
    assert second.flipped == 0.0


def test_the_columns_are_trls_and_ours(tmp_path):
    write_pairs(pairs_made(taught(A, "good", "bad", 0.2), set()), tmp_path / "p.jsonl")
    row = json.loads((tmp_path / "p.jsonl").read_text())
    assert row == {
        "prompt": [{"role": "user", "content": "a"}],
        "chosen": [{"role": "assistant", "content": "good"}],
        "rejected": [{"role": "assistant", "content": "bad"}],
        "weight": 1.0,
        "eps": 0.2,
        "source": "critic:first",
        "problem": A.id,
    }
    assert [p.name for p in tmp_path.iterdir()] == ["p.jsonl"]


@pytest.mark.parametrize("chats", [True, False])
def test_the_pairs_pass_the_check_of_trls_trainer(tmp_path, chats):
    from datasets import load_dataset
    from trl.data_utils import is_conversational

    made = pairs_made([*taught(A, "good", "bad", 0.2), *taught(B, "yes", "no")], {(B.id, "no")})
    write_pairs(made, tmp_path / "p.jsonl", conversational=chats)
    file, cache = str(tmp_path / "p.jsonl"), str(tmp_path / "cache")
    found = load_dataset("json", data_files=file, split="train", cache_dir=cache)
    assert {"prompt", "chosen", "rejected", "weight", "eps", "source"} <= set(found.column_names)
    assert is_conversational(found[0]) is chats
    assert found["eps"][:] == [0.2, 0.0]


@pytest.fixture
def run(tmp_path, tiny):
    """A finished run whose people failed one reply, and which promoted nothing."""
    folder = tmp_path / "run"
    problem = requests.draw(next(iter(TOPICS)), Intent.HARMFUL, (), Random(0))
    with Ledger.open(folder, {"organism": str(tiny)}, seed=0) as ledger:
        ledger.write([judged(problem, "bad", False, critic="people")])
    write_pairs(pairs_made(taught(A, "good", "bad"), set()), folder / "preferences.jsonl")
    return folder


def test_model_pairs_and_suite_are_left(run, tmp_path):
    written = export_requests(run, {"learner": "tiny"}, tmp_path / "out")
    assert set(written) == {"learner", "preferences", "still_open"}
    (case,) = map(json.loads, Path(written["still_open"]).read_text().splitlines())
    assert (case["expected"], case["world"], case["confirmed"]) == ("refuse", "requests", "people")


def test_a_run_without_its_pairs_is_named(run, tmp_path):
    (run / "preferences.jsonl").unlink()
    with pytest.raises(BadInput, match=r"preferences\.jsonl: no such file; the same run command"):
        export_requests(run, {"learner": "tiny"}, tmp_path / "out")
    assert not (tmp_path / "out").exists()
