"""The study easy-to-hard by the command line: what it writes, what it may know, a user's files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plays import said
from superalign.cli import main
from superalign.learners.sft import Sft
from superalign.problems.key import Key
from superalign.records import Example, Problem
from superalign.studies.easy_to_hard.worlds import Chains

pytestmark = pytest.mark.slow

METHODS = {"majority", "any"} | {
    f"{rule}_{kind}" for rule in ("weighted", "best") for kind in ("orm", "prm", "oprm")
}
MAY_KNOW = {"sft_full", "grpo_full"}


def run(out, capsys, *words):
    command = ["study", "easy-to-hard", "--preset", "smoke", "--json", "--workers", "1"]
    assert main([*command, "--out", str(out), *words]) == 0
    return json.loads(capsys.readouterr().out)


def learners(out):
    """Return by arm what its last checkpoints are called, which is what they learnt from."""
    return {
        place.name: sorted(p.name for p in (place / "policies").glob("*"))
        for place in (out / "seeds").glob("*/*")
        if place.name not in ("school", "samples")
    }


def test_the_smoke_preset_measures_everything_and_hard_answers_teach_only_who_may_know(
    tmp_path, capsys, monkeypatch
):
    found = run(tmp_path / "a", capsys)
    for part in (found["easy"], found["hard"], *found["levels"].values()):
        assert set(part) == METHODS
        for row in part.values():
            assert list(row) == ["1", "4"]
            for point in row.values():
                assert 0 <= point["low"] <= point["rate"] <= point["high"] <= 1
                assert point["rate"] <= point["answer"]
    assert set(found["rl"]) == set(found["provenance"]["config"]["arms"])
    assert all(len(found["rl"][a]["rounds"][0]) for a in ("rest_em", "dpo_prm", "grpo_prm"))
    assert {c["verdict"] for c in found["claims"].values()} <= {"shown", "not shown", "contrary"}
    assert sum(found["labels"][0].values()) > 0
    assert list(found["labels"][0]) == ["1"]
    assert found["sentence"] in (tmp_path / "a" / "report.html").read_text()

    again = run(tmp_path / "a", capsys)
    assert {**again, "seconds": 0} == {**found, "seconds": 0}

    honest = Chains.key

    def poisoned(self, problems):
        key = honest(self, problems)
        wrong = {p.id: "?" for p in problems if p.level in self.config.hard}
        return Key({p.id: wrong.get(p.id, key.look_up(p.id)) for p in problems}, key.mode)

    monkeypatch.setattr(Chains, "key", poisoned)
    other = run(tmp_path / "b", capsys)
    assert other["rl"]["base"]["hard"]["answer"] == 0
    before, after = learners(tmp_path / "a"), learners(tmp_path / "b")
    assert {a for a in before if before[a] != after[a]} <= MAY_KNOW
    assert all(before[arm] for arm in ("rest_em", "dpo_prm", "grpo_prm"))


@pytest.fixture(scope="module")
def guesser(policy, tmp_path_factory):
    """Folder of a checkpoint that answers everything with a digit up to 2, at random."""
    lesson = [
        Example(move=said(Problem.of(f"what is {n}?"), f"b=k\nb={n % 3}").moves[0])
        for n in range(24)
    ]
    folder = tmp_path_factory.mktemp("guesser")
    return Sft(folder=folder, steps=60, lr=5e-3).improve(policy, lesson).folder


@pytest.mark.parametrize("form", ["gsm8k", "math"])
def test_it_runs_on_a_users_checkpoint_and_problems(form, guesser, tmp_path, capsys):
    rows = []
    for n in range(24):
        level, answer = 1 + n % 2, str(n % 3)
        if form == "gsm8k":
            solution = "step\n" * level + f"#### {answer}"
            rows.append({"question": f"what is {n}?", "answer": solution})
        else:
            solution = f"so \\boxed{{{answer}}}"
            rows.append(
                {"problem": f"what is {n}?", "solution": solution, "level": f"Level {level}"}
            )
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps(r) + "\n" for r in rows))
    words = ["--data", str(data), "--set", f"organism={guesser}", "--set", "max_new_tokens=12"]
    arms = ["sft_easy", "grpo_answers", "grpo_prm"]
    found = run(tmp_path / "out", capsys, *words, "--set", f"arms={json.dumps(arms)}")
    assert set(found["rl"]) == set(arms)
    assert set(found["hard"]) == METHODS
    assert found["hard"]["majority"]["4"]["n"] == 3
    assert found["evaluators"][0]["prm"]["hard"]["first_errors"] is None
    assert "lucky" in found["hard"]["majority"]["4"]


def test_problems_without_the_levels_asked_for_are_one_line(tmp_path, capsys):
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps({"question": f"q{n}", "answer": "s\n#### 1"}) + "\n"
                            for n in range(9)))  # fmt: skip
    out = str(tmp_path / "out")
    words = ["study", "easy-to-hard", "--preset", "smoke", "--data", str(data), "--out", out]
    assert main(words) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert said == [
        f"superalign: {data}: no problem of level 2 to learn from; levels there are [1]; see "
        "'easy' and 'hard'"
    ]
    assert not Path(out).exists()
