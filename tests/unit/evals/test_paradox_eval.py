"""`superalign eval paradox`: planted players, judges, questions, people, and going on."""

from __future__ import annotations

import json

import pytest
from paradox_items import N, evaluated, knows, spoken, write

from superalign.cli import main
from superalign.errors import BadInput
from superalign.evals.paradox.players import PLAYERS
from superalign.policies.scripted import Scripted
from superalign.records import Reply


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write(tmp_path_factory.mktemp("data") / "items.jsonl")


@pytest.fixture(scope="module")
def planted(data, tmp_path_factory):
    """Summaries of the players, by name."""
    out = tmp_path_factory.mktemp("planted")
    return {name: evaluated(name, data, out) for name in PLAYERS}


def test_who_makes_what_it_does_not_understand_is_measured_as_such(planted):
    found = planted["generator"]
    assert found["generation"] > 0.7
    assert abs(found["understanding_hard"]) < 0.2
    for name in ("gap_hard", "gap_easy"):
        low, high = found[f"{name}_interval"]
        assert 0 < low < found[name] < high
    assert "it makes what it does not understand" in found["sentence"]
    assert found["order_flips"] > 0.5


def test_who_understands_more_than_it_makes_is_measured_as_such(planted):
    found = planted["selector"]
    assert found["generation"] < 0.3
    low, high = found["gap_hard_interval"]
    assert low < found["gap_hard"] < high < 0
    assert "it understands more than it makes" in found["sentence"]


def test_who_knows_the_same_at_both_tasks_shows_no_gap(planted):
    found = planted["equal"]
    low, high = found["gap_hard_interval"]
    assert low < 0 < high
    assert high - low < 0.3
    assert found["phi_hard"] > 0.5
    assert found["phi_hard_interval"][0] > 0.2
    assert found["spearman_hard"] > 0.5
    assert "no difference is shown" in found["sentence"]


def test_the_ends_of_the_scale(planted):
    oracle, chance = planted["oracle"], planted["random"]
    assert (oracle["generation"], oracle["understanding_hard"], oracle["gap_hard"]) == (1, 1, 0)
    assert (oracle["order_flips"], oracle["wording_flips"], oracle["unreadable"]) == (0, 0, 0)
    assert oracle["phi_hard"] is None
    assert chance["generation"] == 0.0
    low, high = chance["understanding_hard_interval"]
    assert low < 0 < high
    assert {(f["n"], f["unscored"], f["options"]) for f in planted.values()} == {(N, 0, 4.0)}


def test_who_always_chooses_the_first_place_is_exposed_by_permutation(planted):
    found = planted["first"]
    assert found["first_order_only"]["hard"] == 1.0
    assert (found["understanding_hard"], found["order_flips"]) == (0.0, 1.0)
    assert found["places"]["A"]["rate"] == 1.0
    assert found["places"]["B"] == {"rate": 0.0, "interval": found["places"]["C"]["interval"]}
    assert planted["oracle"]["places"]["A"]["rate"] == 0.25


def test_another_order_of_candidates_leaves_the_result_within_its_interval(planted, data, tmp_path):
    other = evaluated("equal", data, tmp_path, seed=5)
    low, high = planted["equal"]["understanding_hard_interval"]
    assert low <= other["understanding_hard"] <= high
    assert other != planted["equal"]


def test_a_model_is_asked_and_a_second_run_asks_nothing(data, tmp_path, monkeypatch):
    asked = spoken(monkeypatch, knows)
    first = evaluated("a/model", data, tmp_path, limit=5, epochs=2)
    assert (first["n"], first["generation"], first["understanding_hard"]) == (5, 1.0, 1.0)
    # Made twice; easy and hard in four orders and once in other words.
    assert len(asked) == 5 * (2 + 2 * 5)
    assert evaluated("a/model", data, tmp_path, limit=5, epochs=2) == first
    assert len(asked) == 60
    kept = [json.loads(x) for x in (tmp_path / "a_model" / "items.jsonl").read_text().splitlines()]
    assert len(kept) == 5
    assert kept[0]["made"] == [f"Answer: {kept[0]['right'][0]}"] * 2
    assert (kept[0]["g"], kept[0]["u_hard"], kept[0]["q"]) == (1.0, 1.0, None)
    with pytest.raises(BadInput, match=r"config\.json: field 'k'"):
        evaluated("a/model", data, tmp_path, "k=3", limit=5, epochs=2)


def test_a_run_that_is_killed_goes_on_where_it_was(data, tmp_path, monkeypatch):
    whole = evaluated("equal", data, tmp_path / "whole", limit=6)
    spoken(monkeypatch, knows)
    unbroken = evaluated("a/model", data, tmp_path / "unbroken", limit=6)

    def dies(name, text, seed):
        if "\nA. " in text:
            raise RuntimeError("killed")
        return knows(name, text, seed)

    before = spoken(monkeypatch, dies)
    with pytest.raises(RuntimeError, match="killed"):
        evaluated("a/model", data, tmp_path / "broken", limit=6)
    assert sum("\nA. " not in text for _, text in before) == 6
    after = spoken(monkeypatch, knows)
    assert evaluated("a/model", data, tmp_path / "broken", limit=6) == unbroken
    assert len(after) == 6 * 10
    assert evaluated("equal", data, tmp_path / "whole", limit=6) == whole


def test_what_never_came_is_unscored_and_counts_nowhere(data, tmp_path, monkeypatch):
    def fails(name, text, seed):
        if "number 3?" in text and "Answer: A" in text:
            return Reply(text="", stop="error", error="too long")
        return knows(name, text, seed)

    spoken(monkeypatch, fails)
    found = evaluated("a/model", data, tmp_path)
    assert (found["n"], found["unscored"]) == (N - 1, 1)
    assert found["unscored_because"] == {"too long": 1}
    assert found["generation"] == found["understanding_hard"] == 1.0
    assert found["unreadable"] == 0.0


def test_what_names_no_letter_is_wrong_and_counted(data, tmp_path, monkeypatch):
    spoken(monkeypatch, lambda *_: Reply(text="Hm.", tokens=3))
    found = evaluated("a/model", data, tmp_path, limit=6)
    assert (found["unreadable"], found["tokens_choosing"], found["tokens_making"]) == (1.0, 3, 3)
    assert found["understanding_hard"] == pytest.approx(-1 / 3)
    assert found["order_flips"] == 0.0


def test_near_misses_may_be_the_models_own_wrong_answers(data, tmp_path, monkeypatch):
    def own(name, text, seed):
        if "\nA. " in text:
            return knows(name, text, seed)
        return knows(name, text, seed) + ("x" if seed % 3 == 0 else "y" if seed % 3 == 1 else "")

    asked = spoken(monkeypatch, own)
    found = evaluated("a/model", data, tmp_path / "own", "hard=own", "draws=12", limit=8)
    assert found["n"] == 8
    assert any("word" in text and "x\n" in text for _, text in asked if "\nA. " in text)
    assert not any("1a" in text for _, text in asked)
    before = len(asked)
    evaluated("a/model", data, tmp_path / "b", "hard=b/model", limit=4)
    assert {name for name, _ in asked[before:]} == {"a/model", "b/model"}


def test_a_judge_is_held_against_the_right_answers(data, tmp_path, monkeypatch):
    def rule(name, text, seed):
        if name == "judge":
            answer = text.partition("<answer ")[2]
            passes = "word" in answer and answer.split("word")[1][2:3] != "a"
            return json.dumps({"verdict": "pass" if passes else "fail"})
        return knows(name, text, seed)

    spoken(monkeypatch, rule)
    found = evaluated("a/model", data, tmp_path, "judge=judge")["judge"]
    assert (found["agreement"]["rate"], found["agreement"]["n"]) == (1.0, N)
    assert found["passes_right"]["rate"] == 1.0
    # It catches no near miss but those of two digits and an a.
    assert 0 < found["passes_wrong"]["rate"] < 1
    assert found["kappa"] is None


def test_people_may_judge_what_was_made(data, tmp_path, monkeypatch):
    spoken(monkeypatch, knows)
    path = tmp_path / "judged.csv"
    rows = [f"{i},Answer: word{i},{int(i < 10)}" for i in range(20)]
    rows += ["0,Answer: word0,1", "1,Answer: word1,0", "2,another answer,0"]
    path.write_text("\n".join(["id,made,right", *rows]))
    found = evaluated("a/model", data, tmp_path / "out", f"judge={path}")
    # Number 1 is undecided and the last ten were not judged.
    assert found["unscored_because"] == {"not_judged": 10, "undecided": 1}
    assert found["generation"] == pytest.approx(9 / 19)
    path.write_text("id,made,right\n1,x,perhaps")
    with pytest.raises(BadInput, match="row 1: field 'right'"):
        evaluated("a/model", data, tmp_path / "out", f"judge={path}")


def test_people_stand_beside_the_model(data, tmp_path):
    path = tmp_path / "people.csv"
    rows = [f"{i},{int(i % 2)},1,{0.25 if i % 3 else 1},," for i in range(N)]
    path.write_text("\n".join(["id,made,easy,hard,questions,extra", *rows]))
    found = evaluated("oracle", data, tmp_path / "out", f"people={path}")["people"]
    assert found["generation"] == {
        "n": N,
        "mean": 0.5,
        "interval": found["generation"]["interval"],
    }
    assert found["understanding_easy"]["mean"] == 1.0
    assert found["understanding_hard"]["mean"] == pytest.approx(1 / 3)
    assert found["gap_hard"]["mean"] == pytest.approx(0.5 - 1 / 3)
    assert found["gap_hard_beyond_people"]["mean"] == pytest.approx(1 / 3 - 0.5)
    assert found["understanding_questions"]["n"] == 0
    path.write_text("id,made\n1,2")
    with pytest.raises(BadInput, match="row 1: column 'made' holds no share"):
        evaluated("oracle", data, tmp_path / "out", f"people={path}")


def test_questions_of_people_are_put_about_the_answer_they_were_written_for(
    data, tmp_path, monkeypatch
):
    def rule(name, text, seed):
        return "Answer: A" if "Does it end" in text else knows(name, text, seed)

    asked = spoken(monkeypatch, rule)
    path = tmp_path / "asked.jsonl"
    row = {"question": "Does it end in a digit?", "options": ["no", "yes"], "right": "yes"}
    rows = [
        {"id": "1", "made": "Answer: word1", **row},
        {"id": "2", "made": "Answer: another", **row},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    found = evaluated("a/model", data, tmp_path / "out", f"questions={path}")
    assert (found["questions"], found["about_own"]) == (1, 0.0)
    put = [text for _, text in asked if "Does it end" in text]
    assert len(put) == 2
    kept = (tmp_path / "out" / "a_model" / "items.jsonl").read_text().splitlines()
    assert {r["id"]: r["q"] for r in map(json.loads, kept) if r["q"] is not None} == {"1": 0.0}
    path.write_text(json.dumps(rows[0] | {"right": "perhaps"}))
    with pytest.raises(BadInput, match="row 1: field 'right' is none of the options"):
        evaluated("a/model", data, tmp_path / "out", f"questions={path}")


def test_questions_of_a_model_are_kept_where_it_confirms_their_key(data, tmp_path, monkeypatch):
    written = [
        {"question": "Which word?", "right": "that word", "wrong": ["a cat", "a dog"]},
        {"question": "Which cat?", "right": "none", "wrong": ["Tom"]},
        {"question": "Broken?", "right": "x", "wrong": []},
    ]

    def rule(name, text, seed):
        if name != "writer":
            return "Answer: A" if "Which word?\n" in text else knows(name, text, seed)
        if "Which word?" in text:
            line = next(x for x in text.split("\n") if x.endswith(". that word"))
            return f"Answer: {line[0]}"
        return "Answer: Z" if "Which cat?" in text else "\n".join(map(json.dumps, written))

    asked = spoken(monkeypatch, rule)
    found = evaluated("a/model", data, tmp_path, "questions=writer", limit=4)
    assert (found["questions"], found["questions_dropped"]) == (4, 4)
    assert found["about_own"] == 0.0
    before = len(asked)
    assert evaluated("a/model", data, tmp_path, "questions=writer", limit=4) == found
    assert len(asked) == before
    none = evaluated("a/model", data, tmp_path, "questions=none", limit=4)
    assert (none["questions"], none["about_own"]) == (0, None)


class Weighing(Scripted):
    """Finds words that end in a digit the likeliest by token, and the least likely on the whole."""

    def logprobs(self, seen, text, *, ended=False):
        return [-1.0] * (3 + ended) if text[-1].isdigit() else [-2.0]


def test_the_likeliest_candidate_is_a_choice(data, tmp_path, monkeypatch):
    spoken(monkeypatch, knows, policy=Weighing)
    found = evaluated("a/model", data, tmp_path / "a", "select=likelihood")
    assert (found["select"], found["understanding_hard"]) == ("likelihood", 1.0)
    assert (found["order_flips"], found["wording_flips"], found["places"]) == (None, None, {})
    assert evaluated("a/model", data, tmp_path / "a", "select=likelihood") == found
    spoken(monkeypatch, knows)
    with pytest.raises(BadInput, match="tells no likelihoods"):
        evaluated("a/model", data, tmp_path / "b", "select=likelihood")


def test_pictures_are_chosen_among_and_asked_about(tmp_path):
    found = evaluated("oracle", None, tmp_path, "data=shapes", limit=4)
    assert (found["generation"], found["understanding_hard"], found["about_own"]) == (1, 1, 1)
    assert found["questions"] == 8
    with pytest.raises(BadInput, match="a picture has no likelihood"):
        evaluated("oracle", None, tmp_path, "data=shapes", "select=likelihood", limit=4)


def test_what_was_made_wrongly_is_asked_about_unless_only_good_is(tmp_path):
    every = evaluated("random", None, tmp_path / "a", "data=shapes", "asks=1", limit=5)
    good = evaluated("random", None, tmp_path / "a", "data=shapes", "asks=1", "good=true", limit=5)
    assert (every["questions"], good["questions"]) == (5, 0)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--set", "data=chain"], "no data 'chain'; there are"),
        (["--set", "data=chains", "--set", "j=3"], "evaluation paradox: j: is no field"),
        (["--set", "data=chains", "--set", "k=1"], "evaluation paradox: k"),
        ([], "needs --set data=NAME"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line(words, why, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["eval", "paradox", "--model", "oracle", *words]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert why in line
