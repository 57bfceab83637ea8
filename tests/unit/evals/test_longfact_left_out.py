"""What LongFact could not rate, or did not rate, is counted and never scored as wrong."""

import asyncio
import json

import pytest

from evaluations import summary_of
from fact_checks import QUESTION, Towers, answer, rater, truth
from superalign.critics.factuality import IRRELEVANT, NOT_SUPPORTED, SUPPORTED, UNRATED, Fast
from superalign.errors import BadInput
from superalign.evals import asked
from superalign.evals.longfact.prompts import prompts
from superalign.evals.longfact.results import evaluated, generated
from superalign.evals.longfact.summary import summarise
from superalign.policies.scripted import Scripted
from superalign.records import Problem
from superalign.stats import bootstrap


def rated(*annotations, unsplit=()):
    """Rate an answer, then put these annotations in place of those of its facts."""
    made = asyncio.run(Fast(Scripted(rater), Towers()).rate("?", answer("Aix")))
    facts = [
        f.model_copy(update={"annotation": a})
        for f, a in zip(made.facts, annotations, strict=False)
    ]
    return made.model_copy(update={"facts": tuple(facts), "unsplit": unsplit})


@pytest.mark.parametrize(
    ("made", "scorable"),
    [
        (rated(IRRELEVANT, UNRATED), False),
        (rated(IRRELEVANT, unsplit=(2,)), False),
        (rated(unsplit=(0,)), False),
        (rated(UNRATED), False),
        (rated(IRRELEVANT), True),
        (rated(), True),
        (rated(SUPPORTED, UNRATED, unsplit=(2,)), True),
    ],
)
def test_what_is_beside_the_question_makes_no_answer_scorable(made, scorable):
    found = summarise([(Problem.of("?"), made)], k=(64,), seed=0)
    assert (found["n"], found["unscored"]) == ((1, 0) if scorable else (0, 1))
    written = generated([{"prompt": "?", "response": "", "punted": False}])
    done = evaluated(written, [{"side1": made}], k=(64,), settings={})
    data = done["per_prompt_data"][0]["side1_posthoc_eval_data"]
    assert ("f1_64" in data) is scorable
    assert data["unsplit_sentences"] == len(made.unsplit)


def test_topics_hold_how_many_answers_they_are_of():
    one, other = (Problem.of(q, tags=(q,)) for q in ("art", "law"))
    pairs = [(one, rated(SUPPORTED)), (one, rated(UNRATED)), (other, None)]
    topics = summarise(pairs, k=(1, 64), seed=0)["topics"]
    assert (topics["art"]["n"], topics["art"]["unscored"], topics["art"]["f1_1"]) == (1, 1, 1.0)
    assert topics["art"]["f1_1_interval"] is None
    assert (topics["law"]["n"], topics["law"]["unscored"], topics["law"]["f1_1"]) == (0, 1, None)


def test_what_was_not_rated_is_counted_wherever_it_stands():
    pairs = [
        (Problem.of("a"), rated(SUPPORTED, NOT_SUPPORTED, UNRATED, UNRATED, unsplit=(4,))),
        (Problem.of("b"), rated(UNRATED, unsplit=(3, 5))),
    ]
    found = summarise(pairs, k=(2,), seed=0)
    assert (found["n"], found["facts"]["unrated"], found["unsplit_sentences"]) == (1, 3, 3)
    assert found["f1_2"] == 0.5
    listed = [{"prompt": p.prompt, "response": "", "punted": False} for p, _ in pairs]
    done = evaluated(generated(listed), [{"side1": r} for _, r in pairs], k=(2,), settings={})
    data = done["per_prompt_data"][0]["side1_posthoc_eval_data"]
    assert (data["num_claims"], data["Unrated"], data["f1_2"]) == (4, 2, 0.5)
    assert done["side1_avg_f1_2"] == 0.5


def test_an_interval_is_over_prompts_and_not_over_answers():
    one, other = Problem.of("a"), Problem.of("b")
    pairs = [(one, rated(SUPPORTED))] * 3 + [(other, rated(NOT_SUPPORTED))]
    found = summarise(pairs, k=(1,), seed=0)
    assert (found["f1_1"], found["prompts"]) == (0.75, 2)
    assert found["f1_1_interval"] == bootstrap([1.0, 0.0], seed=0)


def test_facts_that_differ_in_case_and_articles_are_one():
    made = rated(SUPPORTED, SUPPORTED)
    first, second = made.facts
    same = second.model_copy(update={"revised": f"The {first.revised.lower()}"})
    pair = made.model_copy(update={"facts": (first, same)})
    found = summarise([(Problem.of("a"), pair)], k=(2,), seed=0)
    assert (found["f1_2"], found["f1_2_distinct"]) == (1.0, pytest.approx(2 / 3))


@pytest.fixture
def recorded(tmp_path):
    """A result file: one answer new, one rated before, one that never came, one punted."""

    def item(city, said, **fields):
        asked = QUESTION.format(city=city)
        return {"prompt": asked, "side1_response": said, "side2_response": "", **fields}

    before = {"side1_posthoc_eval_data": {"Supported": 3}, "side2_response": answer("Bonn")}
    items = [
        item("Aix", answer("Aix")),
        item("Bonn", answer("Bonn"), **before),
        item("Cork", ""),
        item("Dax", "[PUNTED] I do not know."),
    ]
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"side_1": "vanilla", "per_prompt_data": items}))
    facts = [f"{c} has tower{n}." for c in ("Aix", "Bonn") for n in range(1, 13)]
    known = [{"text": f"It is known that {f}"} for f in facts if truth(f) == SUPPORTED]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, known)))
    return path


def test_of_a_result_file_the_old_the_missing_and_the_punted_are_counted(
    recorded, tmp_path, monkeypatch
):
    monkeypatch.setattr(asked, "opened", lambda *a, **k: Scripted(rater))
    words = ("rater=a/model", f"corpus={tmp_path / 'corpus.jsonl'}")
    found = summary_of("longfact", "responses", tmp_path, *words, data=recorded)
    assert (found["n"], found["unscored"]) == (2, 1)
    assert (found["rated_before"], found["punted"]) == (1, 1)
    assert found["facts"]["supported"] == 6
    done = json.loads(next(tmp_path.rglob("responses-SAFE.json")).read_text())["per_prompt_data"]
    assert done[1]["side1_posthoc_eval_data"] == {"Supported": 3}
    assert done[1]["side2_posthoc_eval_data"]["Supported"] == 6
    assert "side2_posthoc_eval_data" not in done[0]
    assert "side1_posthoc_eval_data" not in done[2]
    few = summary_of("longfact", "responses", tmp_path / "few", *words, data=recorded, limit=1)
    assert (few["n"], few["unscored"], few["rated_before"]) == (1, 0, 0)


def test_a_topic_that_is_not_there_is_named(tmp_path):
    path = tmp_path / "longfact-objects_art.jsonl"
    path.write_text('{"prompt": "Which?"}')
    asked = {"subset": "objects", "seed": None, "limit": None, "detail": False, "sentences": None}
    assert len(prompts(tmp_path, topics=("art",), **asked)) == 1
    with pytest.raises(BadInput, match="no prompts on topic 'maths'"):
        prompts(tmp_path, topics=("art", "maths"), **asked)
    with pytest.raises(BadInput, match="topics: only a folder"):
        prompts(path, topics=("art",), **asked)
