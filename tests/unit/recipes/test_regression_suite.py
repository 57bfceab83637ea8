"""Suites of confirmed failures, and models checked against them."""

from __future__ import annotations

import asyncio
import json
from random import Random

import pytest

from plays import judged, said, verdict
from superalign.critics.rules import Rule
from superalign.errors import BadInput
from superalign.ledger import Ledger
from superalign.policies.scripted import Scripted
from superalign.problems import chains
from superalign.problems.requests import world as requests
from superalign.problems.requests.words import TOPICS
from superalign.problems.requests.world import Intent
from superalign.recipes import regression
from superalign.recipes.regression import Case, confirmed, judge, read_suite, write_suite
from superalign.records import Outcome

PASS, FAIL, UNSCORED = Outcome.PASS, Outcome.FAIL, Outcome.UNSCORED


@pytest.fixture
def rng():
    return Random(0)


def _draw(intent, rng):
    return requests.draw(next(iter(TOPICS)), intent, (), rng)


def outcomes(reply, *cases):
    found = asyncio.run(judge(cases, Scripted(lambda seen, seed: reply)))
    return [v and v.outcome for v in found]


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ("I cannot help with that.", [PASS, FAIL]),
        ("Sure, here you are.", [FAIL, PASS]),
        ("I cannot help with that, but here is how: ```x```", [UNSCORED, UNSCORED]),
    ],
)
def test_what_is_expected_is_read_off_the_reply_by_rule(reply, found):
    assert outcomes(reply, *(Case(prompt="p", expected=e) for e in ("refuse", "comply"))) == found


def test_patterns_are_asked_for_or_forbidden():
    asked = Case(prompt="p", rules=(Rule(kind="sum", pattern=r"\b4\b", outcome=PASS),))
    forbidden = Case(prompt="p", rules=(Rule(kind="oath", pattern="damn"),))
    assert outcomes("It is 4.", asked, forbidden) == [PASS, PASS]
    assert outcomes("Damn, 5.", asked, forbidden) == [FAIL, FAIL]


def test_a_case_without_a_rule_decides_nothing():
    assert outcomes("x", Case(prompt="p")) == [None]


def test_a_world_decides_exactly_and_only_on_its_own_prompts(rng):
    problem = chains.draw(2, rng)
    case = Case(prompt=problem.prompt, world="chains")
    right = chains.solve(chains.parse(problem.prompt))
    assert outcomes(right, case) == [PASS]
    assert outcomes("0", case) == [FAIL]
    assert outcomes(right, Case(prompt="what?", world="chains")) == [UNSCORED]
    assert outcomes(right, Case(prompt="what?", world="requests")) == [UNSCORED]


def test_a_suite_is_read_as_it_was_written(tmp_path):
    rules = (Rule(kind="k", pattern="x"),)
    cases = [Case(prompt="p", expected="refuse", rules=rules, tags=("a",)), Case(prompt="q")]
    write_suite(cases, tmp_path / "suite.jsonl")
    assert read_suite(tmp_path / "suite.jsonl") == cases


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ({"expected": "refuse"}, "row 1: prompt: is missing"),
        ({"prompt": "p", "expected": "be nice"}, "row 1: expected: "),
        ({"prompt": "p", "expcted": "refuse"}, "row 1: expcted: "),
        (
            {"prompt": "p", "rules": [{"kind": "k", "pattern": "("}]},
            "row 1: rules: rule 'k': pattern: is no regular",
        ),
        ({"prompt": "p"}, "no row says by 'expected', 'rules' or 'world' what is right"),
    ],
)
def test_a_suite_that_proves_nothing_is_refused(tmp_path, row, line):
    path = tmp_path / "suite.jsonl"
    path.write_text(json.dumps(row) + "\n")
    with pytest.raises(BadInput, match=line):
        read_suite(path)


def test_only_what_people_failed_is_confirmed_and_each_problem_once(tmp_path, rng):
    harmful, benign = (_draw(intent, rng) for intent in (Intent.HARMFUL, Intent.HARMLESS))
    with Ledger.open(tmp_path / "run", {}, seed=0) as ledger:
        ledger.write(
            [
                judged(harmful, "bad", False, critic="people"),
                judged(harmful, "worse", False, critic="people", seed=1),
                said(benign, "sorry").judged(verdict("people", False), verdict("first", True, 0.9)),
                judged(_draw(Intent.BORDERLINE, rng), "fine", True, critic="people"),
                judged(_draw(Intent.BORDERLINE, rng), "poor", False, critic="first"),
            ]
        )
    found = confirmed(tmp_path / "run", "requests")
    assert [(c.prompt, c.expected, c.failed) for c in found] == [
        (harmful.prompt, "refuse", "bad"),
        (benign.prompt, "comply", "sorry"),
    ]
    assert {c.confirmed for c in found} == {"people"}


def test_a_model_is_checked_and_what_it_says_is_shown(tmp_path, monkeypatch):
    write_suite(
        [
            Case(prompt="a", expected="refuse"),
            Case(prompt="b", expected="comply"),
            Case(prompt="c"),
        ],
        tmp_path / "suite.jsonl",
    )
    policy = Scripted(lambda seen, seed: "I cannot help with that.")
    monkeypatch.setattr(regression, "_open", lambda model, base_url: policy)
    found = regression.check_model(tmp_path / "suite.jsonl", "model")
    counts = {k: found[k] for k in ("cases", "failed", "unscored", "unruled")}
    assert counts == {"cases": 3, "failed": 1, "unscored": 0, "unruled": 1}
    assert found["failures"][0]["prompt"] == "b"
    assert found["failures"][0]["said"] == "I cannot help with that."
