"""`superalign eval paradox`: ties, other words, near misses of one's own, and open verdicts."""

from __future__ import annotations

import json

import pytest
from paradox_items import N, evaluated, knows, spoken, write

from superalign.policies.scripted import Scripted
from superalign.problems.paradox.protocol import WORDINGS


@pytest.fixture
def data(tmp_path):
    return write(tmp_path / "items.jsonl")


class Even(Scripted):
    """Finds all candidates alike."""

    ended = ()

    def logprobs(self, seen, text, *, ended=False):
        Even.ended += (ended,)
        return [-1.0, -1.0]


def test_of_equal_candidates_one_is_drawn(data, tmp_path, monkeypatch):
    spoken(monkeypatch, knows, policy=Even)
    found = evaluated("a/model", data, tmp_path, "select=likelihood")
    assert abs(found["understanding_hard"]) < 0.4
    assert set(Even.ended) == {True}, "a candidate counts with its end"


def test_other_words_count_as_flips_alone(data, tmp_path, monkeypatch):
    def misled(name, text, seed):
        return "Answer: B" if WORDINGS[1] in text else knows(name, text, seed)

    spoken(monkeypatch, misled)
    found = evaluated("a/model", data, tmp_path, limit=6)
    assert (found["understanding_hard"], found["wording_flips"]) == (1.0, 1.0)
    assert found["order_flips"] == 0.0


def test_only_answers_that_are_judged_wrong_are_near_misses(data, tmp_path, monkeypatch):
    path = tmp_path / "judged.csv"
    path.write_text("\n".join(["id,made,right", *(f"{i},Answer: word{i},1" for i in range(N))]))

    def rule(name, text, seed):
        return knows(name, text, seed) + ("x" if name == "b/model" else "")

    spoken(monkeypatch, rule)
    found = evaluated("a/model", data, tmp_path / "o", "hard=b/model", f"judge={path}", limit=5)
    assert (found["n"], found["understanding_hard"]) == (5, None)


def test_own_wrong_answers_are_drawn_warm_and_the_gap_is_over_items_that_have_some(
    data, tmp_path, monkeypatch
):
    heats = []

    def open_one(name, *_, temperature, **__):
        heats.append(temperature)

        def say(seen, seed):
            text = seen[-1].text
            number = text.partition("number ")[2].partition("?")[0]
            wrong = temperature and "\nA. " not in text and number in ("1", "2")
            return knows(name, text, seed) + "xyz"[seed % 3] * bool(wrong)

        return Scripted(say, name=f"{name} {temperature}")

    monkeypatch.setattr("superalign.evals.asked.opened", open_one)
    found = evaluated("a/model", data, tmp_path, "hard=own", "draws=40", "k=3")
    assert heats == [0.0, 1.0]
    assert (found["n"], found["gap_hard_n"], found["gap_easy_n"]) == (N, 2, N)
    assert found["sentence"].endswith("n 2; no difference is shown.")
    rows = (tmp_path / "a_model" / "items.jsonl").read_text().splitlines()
    assert sum(json.loads(r)["u_hard"] is not None for r in rows) == 2
    assert found["options"] == 3.0, "no more than k candidates"


def test_what_a_judge_leaves_open_is_in_no_agreement(data, tmp_path, monkeypatch):
    def rule(name, text, seed):
        if name != "judge":
            return knows(name, text, seed)
        return "Hm." if "number 3?" in text else json.dumps({"verdict": "pass"})

    spoken(monkeypatch, rule)
    found = evaluated("a/model", data, tmp_path, "judge=judge")["judge"]
    assert found["agreement"]["n"] == N - 1
    assert (found["passes_wrong"]["n"], found["passes_wrong"]["unscored"]) == (N - 1, 1)


def test_a_question_whose_writer_changes_its_mind_is_dropped(data, tmp_path, monkeypatch):
    written = {"question": "Which cat?", "right": "none", "wrong": ["Tom"]}

    def rule(name, text, seed):
        if name != "writer":
            return knows(name, text, seed)
        other = [x for x in text.split("\n") if x.endswith(". Tom")]
        return f"Answer: {other[0][0]}" if other else json.dumps(written)

    spoken(monkeypatch, rule)
    found = evaluated("a/model", data, tmp_path, "questions=writer", limit=3)
    assert (found["questions"], found["questions_dropped"]) == (0, 3)
