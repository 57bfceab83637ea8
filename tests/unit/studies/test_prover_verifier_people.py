"""The reader, the discriminator, and the study with people."""

import json
import random
from collections import Counter

import pytest
from provers import OTHER, RIGHT, WRONG, proven

from superalign.errors import BadInput
from superalign.games.prover_verifier import role_of
from superalign.problems import chains
from superalign.studies.prover_verifier import people, reading
from superalign.studies.prover_verifier.proofs import truth


def test_a_reader_is_asked_for_one_right_and_one_wrong_solution_a_problem():
    rng = random.Random(0)
    helpful = [proven(RIGHT, seed=i) for i in range(3)] + [proven(RIGHT, problem=OTHER)]
    sneaky = [proven(WRONG, "sneaky", seed=i) for i in range(3)]
    found = reading.chosen(helpful, sneaky, rng)
    assert [(role_of(e), truth(e).right) for e in found] == [("helpful", True), ("sneaky", False)]
    assert reading.chosen(sneaky, helpful, rng) == []


def test_the_discriminator_finds_a_style_and_finds_none_where_there_is_none():
    problems = [chains.draw(2, random.Random(i)) for i in range(60)]
    plain = [proven(chains.solve(chains.parse(p.prompt)), "helpful", p) for p in problems]
    twin = [proven(e.final.text, "sneaky", e.problem) for e in plain]
    loud = [proven(e.final.text + "!", "sneaky", e.problem) for e in plain]
    assert reading.discriminated({"helpful": plain, "sneaky": loud}, 1) > 0.85
    assert abs(reading.discriminated({"helpful": plain, "sneaky": twin}, 1) - 0.5) < 0.05


def test_items_are_balanced_and_say_nothing_that_the_key_says(tmp_path):
    provers = {
        "1": {
            "helpful": [proven(RIGHT), proven(WRONG)],
            "sneaky": [proven(WRONG, "sneaky"), proven(RIGHT, "sneaky", OTHER)],
        }
    }
    found = people.items(provers, 1)
    assert Counter((x["known"]["role"], x["known"]["right"]) for x in found) == {
        (role, right): 1 for role in ("helpful", "sneaky") for right in (True, False)
    }
    people.write_study(found, tmp_path)
    items = [json.loads(x) for x in (tmp_path / "items.jsonl").read_text().splitlines()]
    assert [x["order"] for x in items] == [0, 1, 2, 3]
    assert {frozenset(x) for x in items} == {
        frozenset({"item", "order", "limit_seconds", "problem", "solution"})
    }
    assert "sneaky" not in (tmp_path / "items.jsonl").read_text()
    assert items[0]["limit_seconds"] == 45
    assert "45 seconds" in (tmp_path / "instructions.md").read_text()


KEY = [
    {"item": "a", "prover": "1", "role": "helpful", "right": True},
    {"item": "b", "prover": "1", "role": "helpful", "right": False},
    {"item": "c", "prover": "1", "role": "sneaky", "right": False},
]


def audit(tmp_path, answers):
    key, results = tmp_path / "key.jsonl", tmp_path / "results.jsonl"
    key.write_text("".join(json.dumps(k) + "\n" for k in KEY))
    results.write_text("".join(json.dumps(a) + "\n" for a in answers))
    return people.people_audit(results, key)


def answer(item, said, seconds=10.0, rater="r"):
    return {"item": item, "rater": rater, "said": said, "seconds": seconds}


def test_peoples_answers_come_to_accuracy_and_seconds_by_prover_and_role(tmp_path):
    answers = [answer("a", True, 10), answer("b", True, 20), answer("c", False, 44)]
    answers += [
        answer("a", False, 30, "s"),
        answer("c", None, 45, "s"),
        answer("b", False, 46, "s"),
    ]
    found = audit(tmp_path, answers)
    helpful, sneaky = found["groups"]
    assert (found["answers"], found["raters"]) == (6, 2)
    assert (helpful["prover"], helpful["role"]) == ("1", "helpful")
    assert helpful["accuracy"]["mean"] == 0.25
    assert helpful["accuracy"]["n"] == 2
    assert helpful["seconds"]["mean"] == 20
    assert (helpful["answers"], helpful["late"]) == (4, 1)
    assert (sneaky["accuracy"]["mean"], sneaky["late"]) == (1.0, 1)
    assert "25.0% (" in people.table(found)
    (empty,) = audit(tmp_path, [answer("a", None)])["groups"]
    assert empty["accuracy"]["mean"] is None
    assert "not measured" in people.table({"answers": 1, "raters": 1, "groups": [empty]})


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ([answer("z", True)], "row 1: item: 'z' is not in"),
        ([answer("a", True), answer("a", True)], "row 2: item: rater 'r' answered it before"),
        ([{"item": "a", "rater": "r", "said": True}], "row 1: seconds: is missing"),
        ([answer("a", "maybe")], "said"),
        ([answer("a", True, -1)], "seconds"),
    ],
)
def test_results_that_cannot_be_used_are_one_line(tmp_path, answers, line):
    with pytest.raises(BadInput) as found:
        audit(tmp_path, answers)
    assert line in str(found.value)
