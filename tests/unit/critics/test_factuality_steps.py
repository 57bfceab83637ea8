"""What raters keep, share, count and ask again, step by step."""

import asyncio
import json

import pytest

from fact_checks import QUESTION, Towers, answer, fenced, rater, truth
from superalign.critics.factuality import (
    NOT_SUPPORTED,
    SUPPORTED,
    UNRATED,
    Factuality,
    Fast,
    Memory,
    Serial,
)
from superalign.critics.factuality.rated import cost
from superalign.critics.factuality.search import SearchError
from superalign.policies.scripted import Scripted
from superalign.records import Episode, Message, Move, Outcome, Problem, Reply

ASKED = QUESTION.format(city="Aix")
BOTH = pytest.mark.parametrize("kind", [Fast, Serial])


class Asked(Scripted):
    """Keeps by name what it was shown, and with which seed."""

    def __init__(self, rule):
        super().__init__(rule)
        self.shown = []

    async def sample(self, seen, *, n=1, seed=0):
        self.shown.append((fenced(seen[1].text), seed))
        return await super().sample(seen, n=n, seed=seed)


def rated(kind, response, rule=rater, *, search=None, **settings):
    policy = Asked(rule)
    made = kind(policy, search or Towers(), **settings)
    return asyncio.run(made.rate(ASKED, response)), policy.shown


def right(found):
    """Whether every fact is what it ought to be."""
    return [f.annotation for f in found.facts] == [truth(f.revised) for f in found.facts]


@BOTH
def test_only_the_first_sentence_may_open_the_answer(kind):
    response = "Aix has tower1. Here are tower2 and tower4."
    assert len(rated(kind, response)[0].facts) == 3


@BOTH
def test_raters_with_other_seeds_share_no_verdict(kind):
    keep = Memory()
    first, asked = rated(kind, answer("Aix"), keep=keep, seed=0)
    second, again = rated(kind, answer("Aix"), keep=keep, seed=1)
    assert len(asked) == len(again)
    assert right(first)
    assert right(second)
    assert not {seed for _, seed in asked} & {seed for _, seed in again}


def test_what_one_search_found_is_not_taken_for_anothers():
    keep, other = Memory(), Towers()
    other.id = "other towers"
    rated(Fast, answer("Aix"), keep=keep)
    rated(Fast, answer("Aix"), keep=keep, search=other)
    assert len(other.queries) == 10
    policy = Scripted(rater)
    assert Fast(policy, Towers()).id != Fast(policy, other).id


def test_facts_in_the_same_words_are_revised_by_their_own_answer():
    keep = Memory()
    found = [rated(Fast, f"{c} has tower1.", keep=keep)[0] for c in ("Aix", "Bonn")]
    assert [f.revised for r in found for f in r.facts] == ["Aix has tower1.", "Bonn has tower1."]


def test_a_long_answer_is_asked_about_in_parts():
    found, asked = rated(Fast, answer("Aix", range(1, 25), per_sentence=1))
    assert right(found)
    assert (len(found.facts), found.unsplit) == (24, ())
    split = [len(data["sentences"].splitlines()) for data, _ in asked if "sentences" in data]
    revise = [len(data["facts"].splitlines()) for data, _ in asked if "facts" in data]
    assert (split, sorted(revise)) == ([20, 4], [4, 4, 16])


def test_the_first_search_is_the_fact_and_what_it_found_stays():
    found, _ = rated(Fast, answer("Aix"), lambda seen, seed: rater(seen, seed, unsure=True))
    looked = [[s.query for s in f.searches] for f in found.facts if f.annotation == SUPPORTED]
    assert looked[0] == ["Aix has tower1.", *(f"Aix has tower1. {i}" for i in range(3))]
    assert cost([found])["searches_per_relevant_fact"] == 4


def test_a_sentence_on_several_lines_has_all_of_its_facts_and_repeats_go():
    def a_line_each(seen, seed):
        said, listed = rater(seen, seed), fenced(seen[1].text)
        if "sentences" not in listed:
            return said
        entries = [json.loads(line) for line in said.splitlines()]
        pairs = [(e["sentence"], f) for e in entries for f in [*e["facts"], e["facts"][0]]]
        return "\n".join(json.dumps({"sentence": n, "facts": [f]}) for n, f in pairs)

    assert len(rated(Fast, answer("Aix"), a_line_each)[0].facts) == 12


def test_whole_lines_of_a_reply_that_was_cut_off_count_and_a_retry_has_another_seed():
    def cut(seen, seed):
        said, listed = rater(seen, seed), fenced(seen[1].text)
        if "sentences" not in listed or len(listed["sentences"].splitlines()) < 3:
            return said
        kept = said.splitlines()[:4]
        return Reply(text="\n".join([*kept, '{"sentence": 5, "fac']), stop="length")

    found, asked = rated(Fast, answer("Aix"), cut)
    assert (len(found.facts), found.unsplit) == (12, ())
    tries = [(len(d["sentences"].splitlines()), seed) for d, seed in asked if "sentences" in d]
    assert [n for n, _ in tries] == [6, 2]
    assert len({seed for _, seed in tries}) == 2


@pytest.mark.parametrize(
    ("kind", "error", "why"),
    [
        (Serial, "down", "judge_error"),
        (Serial, "timed out: 60 s", "judge_timeout"),
        (Fast, "down", "judge_error"),
    ],
)
def test_an_endpoint_that_fails_at_a_fact_is_named_and_asked_anew(kind, error, why):
    def fails(seen, seed):
        shown = fenced(seen[1].text).keys()
        failed = Reply(text="", stop="error", error=error)
        return failed if shown == {"answer", "fact"} or "facts" in shown else rater(seen, seed)

    keep = Memory()
    first, _ = rated(kind, answer("Aix"), fails, keep=keep)
    assert {(f.annotation, f.why, f.assumed) for f in first.facts} == {(UNRATED, why, False)}
    second, asked = rated(kind, answer("Aix"), keep=keep)
    assert right(second)
    assert not any({"sentence", "sentences"} & data.keys() for data, _ in asked)


def test_a_query_that_cannot_be_read_ends_the_search():
    def wordless(seen, seed):
        judged = fenced(seen[1].text).keys() == {"fact", "found"}
        said = rater(seen, seed)
        return said.replace("```", "") if judged else said

    found, asked = rated(Serial, "Aix has tower1.", wordless)
    assert [f.searches for f in found.facts] == [()]
    assert len(asked) == 1 + 2 + 3 + 1
    assert found.count(NOT_SUPPORTED) == 1


def test_a_query_is_written_and_a_fact_rated_by_all_that_was_found_before():
    class Late(Towers):
        async def search(self, query, k):
            found = await super().search(query, k)
            return found if len(self.queries) == 5 else f"Nothing {len(self.queries)}."

    found, asked = rated(Serial, "Aix has tower1.", search=Late())
    assert found.count(SUPPORTED) == 1
    before = [data["found"] for data, _ in asked if "found" in data]
    assert before[:3] == ["N/A", "Nothing 1.", "Nothing 1. Nothing 2."]


def test_a_fact_is_looked_up_as_it_stands_alone():
    search = Towers()
    rated(Serial, "Aix has tower1.", search=search)
    assert {query for query, _ in search.queries} == {"Aix has tower1."}


@BOTH
def test_a_search_that_fails_leaves_its_fact_unrated_in_either_mode(kind):
    class Broken(Towers):
        async def search(self, query, k):
            if "tower4." in query:
                raise SearchError("down")
            return await super().search(query, k)

    found, _ = rated(kind, answer("Aix"), search=Broken())
    unrated = [(f.text, f.why) for f in found.facts if f.annotation == UNRATED]
    assert unrated == [("It has tower4.", "down")]


def test_a_sentence_that_is_repeated_is_split_once():
    found, asked = rated(Serial, "Aix has tower1. Aix has tower1.")
    assert len(found.facts) == 2
    assert cost([found])["calls"] == len(asked) == 1 + 2 * 8


def test_a_fact_without_a_readable_mark_is_taken_as_relevant_and_said_to_be():
    def unmarked(seen, seed):
        return "Hm." if "question" in fenced(seen[1].text) else rater(seen, seed)

    found, _ = rated(Serial, "Aix has tower1 and tower5.", unmarked)
    assert [f.assumed for f in found.facts] == [True, True]
    assert found.facts[0].annotation == SUPPORTED


def test_what_is_kept_is_known_by_its_step():
    async def make():
        return 1

    async def other():
        return 2

    async def both():
        keep = Memory()
        return [await keep.once("a", "x", make), await keep.once("b", "x", other)]

    assert asyncio.run(both()) == [1, 2]


def test_a_judge_who_stays_unsure_leaves_the_fact_unrated():
    def never_sure(seen, seed):
        said = rater(seen, seed, unsure=True)
        return (
            said.replace(f'"{SUPPORTED}"', '"Unsure"') if "found" in fenced(seen[1].text) else said
        )

    found, _ = rated(Fast, "Aix has tower1.", never_sure)
    assert [(f.annotation, f.why) for f in found.facts] == [(UNRATED, "unreadable")]


def test_marks_and_numbers_of_another_kind_are_asked_for_again():
    asked = []

    def odd(seen, seed):
        said, listed = rater(seen, seed), fenced(seen[1].text)
        if "facts" not in listed:
            return said
        asked.append(1)
        if len(asked) == 1:
            return said.replace('"mark": "', '"mark": "so ')
        return said.replace('"fact": 1,', '"fact": [1],') if len(asked) == 2 else said

    found, _ = rated(Fast, "Aix has tower1 and tower5.", odd)
    assert right(found)
    assert len(asked) == 3


def judged(text, rule=rater, **settings):
    seen = (Message(role="user", text=ASKED),)
    move = Move(seat="learner", policy="p", seen=seen, reply=Reply(text=text))
    critic = Factuality(Fast(Scripted(rule), Towers()), **settings)
    return asyncio.run(critic.judge([Episode.of(Problem.of(ASKED), "solo", 0, [move])]))[0]


def loses(*towers):
    """Return a rater that cannot judge the facts on these towers."""

    def rule(seen, seed):
        data = fenced(seen[1].text)
        lost = "found" in data and any(f"tower{n}." in data["fact"] for n in towers)
        return "?" if lost else rater(seen, seed)

    return rule


def test_as_many_unrated_as_rated_is_just_enough():
    assert judged("Aix has tower1 and tower2.", loses(2)).outcome is Outcome.FAIL
    more = judged("Aix has tower1 and tower2 and tower4.", loses(2, 4))
    assert (more.outcome, more.missing) == (Outcome.UNSCORED, 2)


def test_sentences_that_could_not_be_split_count_as_missing():
    def splits_one(seen, seed):
        listed = fenced(seen[1].text).get("sentences")
        if listed is None:
            return rater(seen, seed)
        return rater(seen, seed).splitlines()[0] if listed.startswith("0.") else "?"

    verdict = judged("Aix has tower1. Aix has tower2. Aix has tower4.", splits_one)
    assert (verdict.outcome, verdict.missing) == (Outcome.UNSCORED, 2)


def test_a_score_at_the_threshold_passes_and_a_repeated_sentence_is_one_issue():
    verdict = judged("Aix has tower1.", k=3)
    assert (verdict.raw, verdict.outcome) == (0.5, Outcome.PASS)
    assert len(judged("Aix has tower3. Aix has tower3.").issues) == 1


def test_a_critic_is_named_by_all_it_depends_on():
    rate = Fast(Scripted(rater), Towers())
    made = [Factuality(rate), Factuality(rate, k=1), Factuality(rate, threshold=0.1)]
    assert len({c.id for c in made}) == 3


def test_unrated_facts_are_reported_one_by_one():
    found, _ = rated(Fast, answer("Aix"), loses(1, 4))
    assert [(f.text, f.why) for f in found.facts if f.annotation == UNRATED] == [
        ("It has tower1.", "unreadable"),
        ("It has tower4.", "unreadable"),
    ]
