"""LongFact: prompts, result files, summary, and human labels without a model."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from fact_checks import QUESTION, Towers, answer, rater
from superalign.critics.factuality import UNRATED, Fast, Memory, Rated
from superalign.errors import BadInput
from superalign.evals.longfact.answering import PUNTED, Answer, answers, shown
from superalign.evals.longfact.config import config_of
from superalign.evals.longfact.factscore import check
from superalign.evals.longfact.prompts import DETAIL, prompts
from superalign.evals.longfact.results import evaluated, generated
from superalign.evals.longfact.summary import summarise
from superalign.policies.scripted import Scripted
from superalign.records import Problem, Reply

DATA = Path(__file__).parents[4] / "shared" / "data"
CANARY = "canary GUID 0"
TAKEN = {
    "subset": "objects",
    "topics": (),
    "seed": None,
    "limit": None,
    "detail": False,
    "sentences": None,
}


@pytest.fixture
def folder(tmp_path):
    for half in ("objects", "concepts"):
        (tmp_path / half).mkdir()
        for topic in ("zoology", "US-law", "art"):
            rows = [{"prompt": f"{half} {topic} {i}?", "canary": CANARY} for i in range(3)]
            path = tmp_path / half / f"longfact-{half}_{topic}.jsonl"
            path.write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


def texts(source, **changes):
    return [p.prompt for p in prompts(source, **{**TAKEN, **changes})]


def test_prompts_come_by_file_name_with_their_topic_and_without_canary(folder):
    found = prompts(folder, **TAKEN)
    assert [p.tags[0] for p in found] == ["US-law"] * 3 + ["art"] * 3 + ["zoology"] * 3
    assert found[0].prompt == "objects US-law 0?"
    assert not any("canary" in p.model_dump_json() for p in found)
    assert len(prompts(folder, **{**TAKEN, "subset": "all"})) == 18
    assert texts(folder, topics=("art",), subset="concepts", limit=1) == ["concepts art 0?"]


def test_an_order_depends_on_its_seed_alone_and_is_cut_after_shuffling(folder):
    assert texts(folder, seed=1) == texts(folder, seed=1) != texts(folder, seed=2)
    assert texts(folder, seed=1, limit=4) == texts(folder, seed=1)[:4]
    assert sorted(texts(folder, seed=1)) == sorted(texts(folder))
    assert texts(folder, seed=0) != texts(folder, seed=None)


def test_prompts_ask_for_detail_and_for_a_number_of_sentences(folder):
    assert texts(folder, detail=True)[0] == f"objects US-law 0? {DETAIL}"
    assert texts(folder, sentences=2)[0].endswith("\nWrite exactly 2 sentences.")


def test_prompts_without_a_file_or_a_field_are_refused(folder, tmp_path):
    with pytest.raises(BadInput, match="no prompts on topic 'maths'"):
        texts(folder, topics=("maths",))
    path = tmp_path / "own.jsonl"
    path.write_text('{"question": "?"}')
    with pytest.raises(BadInput, match="row 1: field 'prompt' is missing"):
        texts(path)


@pytest.mark.skipif(not (DATA / "longfact").is_dir(), reason="LongFact is not there")
def test_the_published_folder_holds_the_published_number_of_prompts():
    found = prompts(DATA / "longfact", **{**TAKEN, "subset": "all"})
    assert len(found) == 2280
    assert len({t for p in found for t in p.tags}) == 38


def rated(city="Aix", **changes):
    asked = QUESTION.format(city=city)
    made = asyncio.run(Fast(Scripted(rater), Towers()).rate(asked, answer(city)))
    return made.model_copy(update=changes)


def test_a_rated_file_has_the_published_shape():
    listed = [{"prompt": f"{c}?", "response": answer(c), "punted": False} for c in ("Aix", "Bonn")]
    written = generated(listed, side_1="vanilla", shuffle_data=True)
    found = [{"side1": rated("Aix")}, {"side1": rated("Bonn")}]
    done = evaluated(written, found, k=(64, -1), settings={"search_type": "bm25"})
    assert json.loads(json.dumps(done)) == done
    assert (done["side_1"], done["shuffle_data"]) == ("vanilla", "True")
    item = done["per_prompt_data"][0]
    assert item.keys() >= {"prompt", "correct_answers", "incorrect_answers", "side2_response"}
    data = item["side1_posthoc_eval_data"]
    assert (data["Supported"], data["Not Supported"], data["Irrelevant"]) == (6, 4, 2)
    assert data["num_claims"] == 12
    assert data["f1_-1"] == pytest.approx(2 * 0.6 * 0.06 / 0.66)
    assert data["sentences_and_atomic_facts"][0] == [
        "Aix has tower1 and tower2.",
        ["It has tower1.", "It has tower2."],
    ]
    first, fifth = data["checked_statements"][0], data["checked_statements"][4]
    assert first["self_contained_atomic_fact"] == "Aix has tower1."
    assert (first["annotation"], first["rate_data"]["answer"]) == ("Supported", "Supported")
    assert (fifth["annotation"], fifth["rate_data"]) == ("Irrelevant", None)
    assert data["past_steps_jsonified_all"][4] == {}
    assert data["past_steps_jsonified_all"][0]["google_searches"][0]["query"] == "Aix has tower1."
    assert done["side1_avg_Supported"] == 6.0
    assert done["side1_std_f1_64"] == 0.0


def test_means_and_deviations_are_over_the_items_that_have_a_measure():
    listed = [{"prompt": c, "response": c, "punted": False} for c in "abc"]
    few = rated().model_copy(update={"facts": rated().facts[:3]})
    found = [{}, {"side1": rated()}, {"side1": few}]
    done = evaluated(generated(listed), found, k=(64,), settings={})
    assert done["side1_avg_num_claims"] == 7.5
    assert done["side1_std_num_claims"] == pytest.approx(np.std([12, 3]))


def test_prompts_are_read_back_from_a_result_file(tmp_path):
    path = tmp_path / "results.json"
    listed = [{"prompt": p, "response": "", "punted": False} for p in ("a b", "c")]
    path.write_text(json.dumps(generated(listed)))
    assert texts(path, detail=True) == ["a b", "c"]
    assert texts(path, limit=1) == ["a b"]
    path.write_text("{}")
    with pytest.raises(BadInput, match="per_prompt_data"):
        texts(path)


def unrate(made: Rated, places) -> Rated:
    facts = [
        f.model_copy(update={"annotation": UNRATED}) if i in places else f
        for i, f in enumerate(made.facts)
    ]
    return made.model_copy(update={"facts": tuple(facts)})


def test_a_summary_reports_the_unrated_and_where_they_could_put_the_score():
    problems = [Problem.of(c) for c in "abc"]
    pairs = [(problems[0], rated()), (problems[1], unrate(rated(), {0, 2})), (problems[2], None)]
    found = summarise(pairs, k=(10,), seed=0)
    assert (found["n"], found["unscored"], found["unrated"]) == (2, 1, 2)
    assert found["facts"]["supported"] == 11
    one, low, other, high = 0.6, 0.5, 2 * 0.625 * 0.5 / 1.125, 0.7
    assert found["f1_10"] == pytest.approx((one + other) / 2)
    assert found["f1_10_bounds"] == pytest.approx(((one + low) / 2, (one + high) / 2))
    assert set(found["columns"]) <= set(found)


def test_an_answer_with_nothing_rated_is_unscored_and_one_without_facts_scores_nothing():
    none = unrate(rated(), range(12))
    empty = rated(facts=(), stated=((),) * 6)
    found = summarise([(Problem.of("a"), none), (Problem.of("b"), empty)], k=(64,), seed=0)
    assert (found["n"], found["unscored"], found["f1_64"]) == (1, 1, 0.0)


def test_repeating_a_fact_raises_the_published_score_and_not_the_distinct_one():
    made = rated()
    twice = made.model_copy(update={"facts": made.facts * 2})
    once = summarise([(Problem.of("a"), made)], k=(64,), seed=0)
    found = summarise([(Problem.of("a"), twice)], k=(64,), seed=0)
    assert found["f1_64"] > once["f1_64"]
    assert found["f1_64_distinct"] == once["f1_64_distinct"] == once["f1_64"]


def test_an_answer_that_never_came_is_asked_for_again():
    came = [False]

    def rule(seen, seed):
        return "text" if came[0] else Reply(text="", stop="error", error="down")

    async def identity(answer):
        return answer

    def asked(keep):
        work = answers(
            Scripted(rule),
            [Problem.of("?")],
            method="vanilla",
            epochs=2,
            seed=0,
            keep=keep,
            then=identity,
        )
        return asyncio.run(work)

    keep = Memory()
    assert [a.text for a in asked(keep)] == [None, None]
    came[0] = True
    assert [a.text for a in asked(keep)] == ["text", "text"]
    came[0] = False
    assert [a.text for a in asked(keep)] == ["text", "text"]


def test_epochs_seeds_models_and_methods_share_no_answer():
    async def identity(answer):
        return answer.text

    keep, asked = Memory(), [Problem.of("?")]

    def said(name="m", seed=0, method="vanilla"):
        policy = Scripted(lambda seen, seed: f"{name} {seed} {seen[0].text}", name=name)
        settings = {"epochs": 2, "keep": keep, "then": identity}
        return asyncio.run(answers(policy, asked, method=method, seed=seed, **settings))

    ways = [said(), said(seed=1), said("other"), said(method="factual")]
    assert len({text for way in ways for text in way}) == 8
    assert said() == ways[0]


def test_a_method_says_what_else_is_asked_for():
    assert shown("Why?", "vanilla")[0].text == "Why?"
    assert PUNTED in shown("Why?", "punt")[0].text
    assert PUNTED not in shown("Why?", "factual")[0].text != "Why?"
    assert Answer(problem=Problem.of("?"), epoch=0, text=f"{PUNTED} no").punted


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"k": [0]}, "k: holds"),
        ({"k": []}, "k: holds"),
        ({"mode": "slow"}, "mode"),
        ({"towers": 1}, "no field that is known"),
    ],
)
def test_a_wrong_field_is_named(fields, why):
    with pytest.raises(BadInput, match=why):
        config_of(fields, "here")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "needs 'corpus'"),
        ({"search": "model"}, "'search_url'"),
        ({"search": "dense", "corpus": "CORPUS"}, "needs 'encoder'"),
    ],
)
def test_a_search_says_what_it_needs(fields, why, tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_text('{"text": "one"}')
    fields = {n: str(path) if v == "CORPUS" else v for n, v in fields.items()}
    with pytest.raises(BadInput, match=why):
        config_of(fields, "here").searching()


def test_a_search_and_a_rater_are_what_the_fields_say(tmp_path):
    corpus, demos = tmp_path / "corpus.jsonl", tmp_path / "demos.json"
    corpus.write_text('{"text": "one"}\n{"text": "two"}')
    demos.write_text('{"One.": ["one"]}')
    words, hybrid = (
        config_of({"corpus": str(corpus), "encoder": "words-64", "search": s}, "here").searching()
        for s in ("bm25", "hybrid")
    )
    near = config_of({"corpus": str(corpus), "encoder": "words-64", "search": "dense"}, "here")
    assert len({words.id, hybrid.id, near.searching().id}) == 3

    def rater_id(seed=0, **fields):
        policy = Scripted(["x"], name="m")
        return config_of(fields, "here").rating(policy, words, Memory(), seed).id

    kinds = [{}, {"tries": 1}, {"mode": "compat"}, {"mode": "compat", "demos": str(demos)}]
    assert len({rater_id(s, **fields) for s in (0, 1) for fields in kinds}) == 8


def labelled(folder, model, label):
    facts = [
        {"text": "Ada wrote notes.", "label": "S"},
        {"text": "Ada danced in Paris.", "label": label},
    ]
    row = {
        "output": "Ada wrote notes. Ada danced in Paris.",
        "topic": "Ada",
        "annotations": [
            {"text": "Ada wrote notes.", "human-atomic-facts": facts[:1]},
            {"text": "Ada danced in Paris.", "human-atomic-facts": facts[1:]},
        ],
    }
    (folder / f"{model}.jsonl").write_text(json.dumps(row) + '\n{"annotations": null}\n')


def test_labels_are_checked_without_a_model(tmp_path):
    labelled(tmp_path, "one", "NS")
    labelled(tmp_path, "two", "NS")
    found = check(tmp_path, seed=0)
    assert (found["n"], found["unscored"], found["facts"]["supported"]) == (2, 2, 2)
    assert found["boundaries"]["rate"] == found["recall"]["rate"] == 1.0
    assert found["lost"]["rate"] == 0.0
    assert (found["auroc"], found["overlap_n"]) == (1.0, 4)
    assert found["f1_64"] == pytest.approx(2 * 0.5 / 64 / (0.5 + 1 / 64))


def test_a_fact_is_held_against_other_models_and_beside_the_point_costs_nothing(tmp_path):
    labelled(tmp_path, "one", "IR")
    found = check(tmp_path, seed=0)
    assert (found["overlap_n"], found["auroc"]) == (0, None)
    assert found["facts"]["irrelevant"] == 1
    assert found["f1_64"] == pytest.approx(2 / 64 / (1 + 1 / 64))


def test_sentences_that_people_end_elsewhere_are_counted(tmp_path):
    facts = [{"text": "Ada wrote notes.", "label": "S"}]
    cut = [{"text": "Ada wrote notes", "human-atomic-facts": facts}]
    row = {"output": "Ada wrote notes and danced.", "topic": "Ada", "annotations": cut}
    (tmp_path / "one.jsonl").write_text(json.dumps(row))
    found = check(tmp_path, seed=0)
    assert (found["boundaries"]["rate"], found["cut_short"]["rate"]) == (0.0, 1.0)


@pytest.mark.skipif(not (DATA / "factscore_labels").is_dir(), reason="FActScore is not there")
def test_the_parts_without_a_model_agree_with_people():
    found = check(DATA / "factscore_labels", seed=0)
    assert found["boundaries"]["low"] > 0.95
    assert found["lost"]["high"] < 0.05
    assert found["recall"]["low"] > 0.9
    assert found["auroc"] > 0.6
