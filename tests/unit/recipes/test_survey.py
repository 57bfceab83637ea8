"""A survey of a model's opinions: what counts as an answer, and what moves the score."""

import asyncio

import pytest

from superalign.policies.scripted import Scripted
from superalign.problems.cultures import NEUTRAL, RENDERINGS, Culture, Opinion
from superalign.recipes.survey import (
    ORDERS,
    SAMPLES,
    WORDINGS,
    chosen,
    prompts,
    rows,
    surveyed,
    told,
)

TEA = Opinion(options=("tea", "ale", "no drink"), distribution=(0.5, 0.5, 0.0))
CULTURE = Culture(name="drinkers", opinions={"What do you drink?": TEA})


def first(seen, seed):
    """Take whatever option stands first."""
    listed = [line for line in seen[-1].text.splitlines() if line.startswith("- ")]
    return listed[0]


def asked(policy, ledger, culture=CULTURE):
    answers = asyncio.run(surveyed(policy, culture, ledger, seed=1))
    return answers, told(culture, answers)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("tea", 0), ("- Ale.\n", 1), ('"no drink"', 2), ("no", None), ("tea or ale", None),
        ("no, that would hurt someone.", None), ("I would say tea", None), ("", None),
    ],
)  # fmt: skip
def test_only_an_option_alone_is_an_answer(text, place):
    assert chosen(text, TEA.options) == place


def test_a_question_is_asked_in_five_wordings_and_several_orders():
    found = prompts("What do you drink?", TEA)
    assert len(WORDINGS) >= 5
    assert len(found) == len(set(found)) == len(WORDINGS) * ORDERS >= RENDERINGS
    orders = {tuple(p.splitlines()[-3:]) for p in found}
    assert len(orders) > 1
    assert {frozenset(o) for o in orders} == {frozenset(f"- {o}" for o in TEA.options)}
    assert found == prompts("What do you drink?", TEA)


def test_a_model_of_one_mind_is_scored_and_does_not_move(ledger):
    answers, found = asked(Scripted(["tea"]), ledger)
    assert answers["What do you drink?"].shares == [1.0, 0.0, 0.0]
    assert found["score"] == pytest.approx(1 - 0.31128**0.5, abs=1e-4)
    assert found["consistency"] == {"What do you drink?": 1.0}
    assert found["variance"] == 0.0
    assert found["heard"] == found["asked"] == len(WORDINGS) * ORDERS * SAMPLES


def test_a_model_that_takes_what_stands_first_is_shown_to_move(ledger):
    _, found = asked(Scripted(first, name="first"), ledger)
    assert found["consistency"]["What do you drink?"] < 0.8
    assert found["variance"] > 0.01


def test_a_model_that_answers_nothing_has_no_score_rather_than_0(ledger):
    answers, found = asked(Scripted(["sorry, i can not help with that."]), ledger, NEUTRAL)
    assert (found["score"], found["questions"], found["heard"]) == (None, 0, 0)
    assert set(rows(NEUTRAL, answers)) == {None}
    assert found["variance"] is None
    assert set(found["consistency"].values()) == {None}


def test_an_answer_in_some_renderings_leaves_the_others_null(ledger):
    some = Scripted(
        lambda seen, seed: "tea" if seen[-1].text.startswith("What do you drink?") else "hm",
        name="some",
    )
    answers, found = asked(some, ledger)
    known = [r for r in rows(CULTURE, answers) if r is not None]
    assert len(known) == ORDERS
    assert found["score"] == pytest.approx(known[0])
    assert found["consistency"] == {"What do you drink?": None}
