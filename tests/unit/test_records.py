import json

import pytest

from plays import at_level, judged, said, verdict
from superalign.errors import BadInput
from superalign.records import Episode, Outcome, Problem, Reply, digest, seed_of

HALF = "\ud83d"


@pytest.mark.parametrize("text", [HALF, f"a{HALF}b", "\udc00", f"{HALF}{HALF}"])
def test_half_a_surrogate_pair_from_outside_is_replaced_and_travels(text):
    reply = Reply(text=text)
    assert not set(text) & set(reply.text) - set("ab")
    assert "\ufffd" in reply.text
    assert Reply.model_validate_json(reply.model_dump_json()) == reply


def test_surrogates_are_replaced_however_deep_they_stand():
    problem = Problem.of("q" + HALF, choices=(HALF, "b"), tags=(HALF,), source=HALF)
    assert problem.choices == ("\ufffd", "b")
    seen = verdict(scores={HALF: 0.5}, critique=HALF)
    episode = said(problem, HALF).judged(seen)
    again = Episode.model_validate_json(episode.model_dump_json())
    assert again == episode
    assert dict(again.verdicts[0].scores) == {"\ufffd": 0.5}


def test_a_whole_pair_written_as_two_halves_is_joined():
    assert Reply(text="\ud83d\ude00!").text == "\U0001f600!"


def test_a_problem_is_named_by_what_it_holds_even_when_text_was_replaced():
    assert Problem.of("q" + HALF).id == Problem.of("q\ufffd").id


@pytest.mark.parametrize("other", [{"prompt": "b"}, {"source": "s"}, {"choices": ("x",)}])
def test_a_problems_id_changes_with_what_is_asked(other):
    assert Problem.of("a").id != Problem.of(**{"prompt": "a", **other}).id


def test_a_problems_id_does_not_depend_on_its_level_or_tags():
    assert Problem.of("a", level=3, tags=("t",)).id == Problem.of("a").id


def test_text_that_is_sound_is_left_alone():
    text = "plain, é, \U0001f600, \x00, \ufffd"
    assert Reply(text=text).text == text


def test_an_outcome_has_no_truth_value():
    with pytest.raises(TypeError, match="three values"):
        bool(Outcome.PASS)


def test_a_newer_verdict_replaces_the_older_of_the_same_critic_only():
    first = judged(at_level(1), "x", True, critic="a").judged(verdict("b", False))
    again = first.judged(verdict("a", False))
    assert [(v.critic, v.outcome) for v in again.verdicts] == [
        ("b", Outcome.FAIL),
        ("a", Outcome.FAIL),
    ]
    assert again.bare().verdicts == ()
    assert first.verdict("a").outcome == Outcome.PASS
    assert first.verdict("z") is None


def test_a_verdict_tells_its_probability_before_calibration_from_the_best_there_is():
    both = verdict(confidence=0.9, raw=0.0)
    assert (both.uncalibrated, both.chance) == (0.0, 0.9)
    assert (verdict(confidence=0.9).uncalibrated, verdict(raw=0.6).chance) == (0.9, 0.6)
    scored = verdict(scores={"right": 0.7})
    assert (scored.uncalibrated, scored.chance, scored.belief) == (None, 0.7, 0.7)


def test_a_verdict_without_a_probability_is_sure_of_its_outcome_and_an_unscored_one_of_nothing():
    assert [verdict(passed=p).belief for p in (True, False)] == [1.0, 0.0]
    assert verdict(confidence=0.9, raw=0.0).belief == 0.9
    assert verdict(passed=Outcome.UNSCORED, raw=0.4).belief is None
    episode = said(at_level(1), "x").judged(verdict("a", passed=False))
    assert (episode.outcome("a"), episode.outcome("b")) == (Outcome.FAIL, Outcome.UNSCORED)


def test_an_episode_keeps_its_id_whatever_is_said_of_it():
    bare = said(at_level(1), "x")
    assert bare.judged(verdict()).id == bare.id
    assert said(at_level(1), "y").id != bare.id
    assert said(at_level(1), "x", seed=1).id != bare.id
    assert said(at_level(1), "x", policy="q").id != bare.id


def test_a_digest_names_content_whatever_the_order_of_keys():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest("ab", "c") != digest("a", "bc")
    with pytest.raises(TypeError, match="set"):
        digest({1})


def test_seeds_are_positive_and_differ():
    seeds = [seed_of(0, i) for i in range(1000)]
    assert len(set(seeds)) == 1000
    assert all(0 <= s < 2**63 for s in seeds)
    assert max(seeds) > 2**61


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ({"prompt": 3, "id": "x"}, "f.jsonl row 2: prompt"),
        ({"id": "x"}, "f.jsonl row 2: prompt"),
        ({"id": "x", "prompt": "p", "answer": "4"}, "f.jsonl row 2: answer"),
    ],
)
def test_bad_fields_are_named_with_their_place(data, line):
    with pytest.raises(BadInput, match=line) as error:
        Problem.read(data, "f.jsonl row 2")
    assert "\n" not in str(error.value)


def test_records_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Reply(text="x").text = "y"


def test_missing_scores_stay_null_through_json():
    found = verdict(scores={"a": None, "b": 0.0})
    assert json.loads(found.model_dump_json())["scores"] == {"a": None, "b": 0.0}
