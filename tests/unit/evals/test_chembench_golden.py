"""Agreement with published records, reply for reply; they lie beside the repository.

Three records differ: options stand in another order in the published files than the model was
shown, so the letter that was read, equal to ours, means another option there.
"""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from chembench_questions import ABSENT, CHEMBENCH
from superalign.critics.rules import stance
from superalign.evals.chembench.answers import tagged
from superalign.evals.chembench.confidence import published_ratings, told
from superalign.evals.chembench.original import read_original
from superalign.evals.chembench.questions import read_questions
from superalign.evals.chembench.released import key, reports
from superalign.evals.chembench.scoring import mark

pytestmark = pytest.mark.skipif(not CHEMBENCH.is_dir(), reason=ABSENT)

REORDERED = {
    ("gpt-4o", "biochemistry-biochem_1-biochemistry_1"),
    ("claude3", "reasoning-XIV-reasoning_question_14"),
    ("llama2-70b-chat", "polymer_chemistry_fsu-19-polymer_chemistry_19"),
}
COMPLETES = "galactica_120b"
"""The one model here that was asked for completions; its records echo the prompt."""


@pytest.fixture(scope="module")
def questions():
    return {q.id: q for q in read_questions(CHEMBENCH)}


@pytest.fixture(scope="module")
def records():
    return [r.fields for r in reports(CHEMBENCH)]


def as_read(record, question):
    parsed = record["parsed_output"]
    return frozenset(parsed) if question.options else parsed


def test_every_published_reply_is_read_as_the_original_read_it(questions, records):
    differ = []
    for r in records:
        question = questions[r["name"]]
        style = "completion" if r["model"] == COMPLETES else "instruct"
        if read_original(question, r["text"], style) != as_read(r, question):
            differ.append((r["model"], r["name"]))
    assert len(records) >= 500
    assert differ == []


def test_every_published_measure_is_reproduced_but_where_options_moved(questions, records):
    differ = set()
    for r in records:
        question = questions[r["name"]]
        metrics = mark(question, as_read(r, question), compat=True).metrics
        if metrics != {k: pytest.approx(v, rel=1e-12) for k, v in r["metrics"].items()}:
            differ.add((r["model"], r["name"]))
    assert differ <= REORDERED


def test_our_reading_differs_only_where_the_original_errs(questions, records):
    """The last of two tags counts, and every option of a list with its words."""
    differ = [
        (sorted(ours) if isinstance(ours, frozenset) else ours, r["parsed_output"])
        for r in records
        if r["model"] != COMPLETES
        and (ours := tagged(questions[r["name"]], r["text"])) != as_read(r, questions[r["name"]])
    ]
    assert sorted(map(str, differ)) == ["(58.0, 66.0)", "(['A', 'B'], ['A'])"]


def test_published_refusals_were_none(records):
    flagged = [r for r in records if r["triggered_refusal"]]
    assert len(flagged) > 10
    assert [r["text"] for r in flagged if stance(r["text"]) == "refuses"] == []


def test_topics_skills_and_levels_are_the_published_classification(questions):
    with (CHEMBENCH / "question_topics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(questions)
    for row in rows:
        question = questions[row["name"]]
        assert question.topic == row["topic"], row["name"]
        skills = row["requires"].replace(" and ", ", ").split(", ")
        assert set(question.skills.split("+")) == set(skills)
        level = row["difficulty"].removeprefix("difficulty-")
        assert question.level == {"basic": 1, "advanced": 2, "": None}[level] or (
            "dfficulty-basic" in question.keywords
        )


def test_the_published_counts(questions):
    kinds = Counter(len(q.options) for q in questions.values())
    assert (len(questions), kinds[0], kinds[2], kinds[4], kinds[9]) == (2788, 244, 1014, 1021, 303)
    tools = Counter(q.tools for q in questions.values())
    assert (tools[True], tools[False]) == (121, 115)


def test_the_key_is_always_right_but_for_the_original_where_a_target_is_not_positive(questions):
    never = []
    for question in questions.values():
        said = tagged(question, key(question, None))
        assert mark(question, said).right, question.id
        if not mark(question, said, compat=True).right:
            never.append(float(question.target))
    assert len(never) == 12
    assert max(never) == 0.0


def test_published_ratings_are_read_and_compared(questions, records):
    ratings = published_ratings(CHEMBENCH / "confidence" / "results_gpt-4o.csv")
    right = {
        r["name"]: float(mark(questions[r["name"]], as_read(r, questions[r["name"]])).right)
        for r in records
        if r["model"] == "gpt-4o"
    }
    found = told(ratings, right)
    assert found["n"] == sum(name in ratings for name in right)
    assert sum(level["n"] for level in found["by_rating"].values()) == found["n"]


def test_files_as_published_hold_the_same_questions(questions):
    files = read_questions(CHEMBENCH / "raw_sample")
    assert len(files) > 200
    assert all(questions[q.id] == q for q in files)
