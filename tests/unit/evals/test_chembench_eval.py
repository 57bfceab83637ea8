"""`superalign eval chembench`: players, models, extractors, ratings, people, and going on."""

from __future__ import annotations

import asyncio
import csv
import json
from collections import Counter

import pytest

from chembench_questions import ABSENT, CHEMBENCH, letters, numeric, row
from evaluations import asked_for, summary_of
from superalign.cli import main
from superalign.errors import BadInput
from superalign.evals.chembench import run
from superalign.evals.chembench.confidence import published_ratings, read_rating, told
from superalign.evals.chembench.gold import ChemGold, Scored
from superalign.evals.chembench.people import compare, read_people
from superalign.evals.chembench.released import key, replies_of
from superalign.evals.chembench.summary import summarise
from superalign.measures import clusters
from superalign.policies.scripted import Scripted
from superalign.records import Episode, Move, Outcome, Problem, Reply

GAS, COUNT = letters(), numeric("-5")


def tag(text):
    return f"[ANSWER]{text}[/ANSWER]"


@pytest.fixture
def data(tmp_path):
    rows = [row(path=f"data/x/{i}.json", keywords=[k]) for i, k in enumerate(["safety"] * 8)]
    negative = [{"input": "How much?", "target": "-5"}]
    rows += [row(path=f"data/x/n{i}.json", name="n", examples=negative) for i in range(4)]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def evaluated(model, data, tmp_path, *words, limit=None, epochs=1, out="out"):
    asked = {"data": data, "limit": limit, "epochs": epochs}
    return summary_of("chembench", model, tmp_path, *words, **asked, out=out)


def spoken(monkeypatch, rule):
    """Have every model follow `rule`; return what each was asked, by the name it was opened by."""
    asked = []

    def open_one(name, *_, **__):
        def say(seen, seed):
            asked.append((name, seen[-1].text))
            return rule(name, seen[-1].text)

        return Scripted(say, name=name)

    monkeypatch.setattr("superalign.evals.asked.opened", open_one)
    return asked


def judged(gold, reply, question=GAS, prompt="p"):
    reply = reply if isinstance(reply, Reply) else Reply(text=reply)
    move = Move(seat="learner", policy="p", seen=(), reply=reply)
    episode = Episode.of(Problem(id=question.id, prompt=prompt), "solo", 0, [move])
    return asyncio.run(gold.judge([episode]))[0]


def test_the_key_is_right_and_the_original_never_gives_it_a_negative_number(data, tmp_path):
    ours = evaluated("oracle", data, tmp_path, out="a")
    theirs = evaluated("oracle", data, tmp_path, "compat=true", out="b")
    assert (ours["n"], ours["right"], ours["unscored"]) == (12, 1.0, 0)
    assert theirs["right"] == pytest.approx(8 / 12)
    assert theirs["kinds"]["number"]["right"] == 0.0
    assert ours["topics"]["Toxicity/Safety"]["n"] == 8
    assert ours["topics"]["Organic Chemistry"]["n"] == 4
    assert ours["levels"]["unstated"]["n"] == 8
    assert ours["right_interval"][0] < 1.0 == ours["right_interval"][1]


def test_guessing_is_seldom_right(data, tmp_path):
    found = evaluated("random", data, tmp_path, epochs=50)
    assert (found["n"], found["questions"]) == (600, 12)
    assert 0.4 < found["kinds"]["letters"]["right"] < 0.6
    assert found["kinds"]["number"]["right"] == 0.0


def test_guesses_differ_by_seed_and_epoch(tmp_path):
    def guessed(seed):
        asked = asked_for("chembench", "random", tmp_path, epochs=30, seed=seed)
        return [text for _, text in run._said([GAS], asked)]

    assert set(guessed(0)) == {tag(x) for x in "ABCD"}
    assert guessed(0) == guessed(0) != guessed(1)


def test_released_replies_are_those_of_the_model_that_is_named(tmp_path):
    rows = [{"model": m, "name": "gas", "text": tag(x)} for m, x in (("a", "A"), ("b", "B"))]
    (tmp_path / "golden_reports.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert replies_of(tmp_path, "a", [GAS, COUNT]) == {"gas": tag("A")}
    assert key(letters(right="CA"), None) == tag("A,C")


@pytest.mark.parametrize(
    ("reply", "kind", "outcome"),
    [
        (tag("A"), "", Outcome.PASS),
        (tag("B"), "wrong", Outcome.FAIL),
        (tag("A,B"), "wrong", Outcome.FAIL),
        ("It depends on the pressure.", "unreadable", Outcome.FAIL),
        ("I'm sorry, but I can't help with that.", "refused", Outcome.FAIL),
        ("I cannot answer this for sure, but " + tag("A"), "", Outcome.PASS),
        (Reply(text="", stop="error", error="x"), "error", Outcome.UNSCORED),
        (Reply(text="", stop="refused"), "refused", Outcome.UNSCORED),
        (Reply(text="The answer is A", stop="length"), "", Outcome.PASS),
        (Reply(text="A", stop="length"), "unreadable", Outcome.FAIL),
        ("p C", "wrong", Outcome.FAIL),
    ],
)
def test_verdicts(reply, kind, outcome):
    verdict = judged(ChemGold([GAS]), reply)
    assert (verdict.kind, verdict.outcome) == (kind, outcome)


def test_a_question_without_a_key_is_unscored():
    assert judged(ChemGold([COUNT]), tag("A")).kind == "no_key"


def test_the_critic_is_named_by_all_it_depends_on():
    speaks = Scripted(["x"])
    made = [
        ChemGold([GAS]),
        ChemGold([GAS.model_copy(update={"scores": (0.0, 1.0, 0.0, 0.0)})]),
        ChemGold([GAS], compat=True),
        ChemGold([GAS], style="completion"),
        ChemGold([GAS], extractor=speaks),
    ]
    assert len({m.id for m in made}) == len(made)


def test_an_extractor_is_asked_only_where_nothing_can_be_read():
    asked, told_to = [], []

    def say(seen, seed):
        asked.append(seen[-1].text)
        told_to.append(seen[0].text)
        return tag("A")

    gold = ChemGold([GAS], extractor=Scripted(say))
    assert judged(gold, tag("B")).samples is None
    assert judged(gold, "I'm sorry, but I can't help with that.").kind == "refused"
    assert asked == []
    vague = judged(gold, "The lightest of them, methane.")
    assert (vague.outcome, vague.critique, vague.samples) == (Outcome.PASS, "A", 1)
    assert "B. Ethane" in asked[0]
    assert "lightest of them" in asked[0]
    assert "the letters of the options" in told_to[0]


def test_an_extractor_may_find_nothing_or_fail():
    nothing = judged(ChemGold([GAS], extractor=Scripted([tag("none")])), "Hm.")
    assert (nothing.kind, nothing.outcome, nothing.samples) == ("unreadable", Outcome.FAIL, 1)
    failed = ChemGold([GAS], extractor=Scripted([Reply(text="", stop="error", error="x")]))
    assert judged(failed, "Hm.").outcome is Outcome.UNSCORED


def test_an_extractor_that_was_cut_off_has_found_nothing_out():
    cut = ChemGold([GAS], extractor=Scripted([Reply(text="Let me think", stop="length")]))
    assert (judged(cut, "Hm.").outcome, judged(cut, "Hm.").kind) == (Outcome.UNSCORED, "extractor")
    in_time = ChemGold([GAS], extractor=Scripted([Reply(text=tag("A"), stop="length")]))
    assert judged(in_time, "Hm.").outcome is Outcome.PASS


def test_summaries_by_hand():
    gold = ChemGold([GAS, COUNT])
    replies = [(GAS, tag("A")), (GAS, tag("B")), (GAS, "Hm."), (COUNT, tag("-5"))]
    scored = [Scored(q, gold.verdict(q, Reply(text=text)), 10) for q, text in replies]
    scored.append(Scored(COUNT, gold.verdict(COUNT, Reply(text="", stop="error", error="x"))))
    found = summarise(scored)
    assert (found["n"], found["questions"], found["unscored"]) == (4, 2, 1)
    assert (found["right"], found["benchmark"]) == (0.5, 0.4)
    assert (found["unreadable"], found["refused"], found["extracted"]) == (1, 0, 0)
    assert found["f1"] == 0.5
    assert found["hamming"] == 1.0
    assert found["tokens"] == 10.0
    assert found["kinds"]["letters"]["right"] == pytest.approx(1 / 3)
    assert found["right_interval"] == clusters.share([1.0, 0.0, 0.0, 1.0], "gggc")


def test_nothing_scored_is_null_and_no_zero():
    error = Reply(text="", stop="error", error="x")
    found = summarise([Scored(GAS, ChemGold([GAS]).verdict(GAS, error))])
    assert (found["n"], found["unscored"]) == (0, 1)
    assert (found["right"], found["right_interval"]) == (None, None)
    assert found["unscored_because"] == {"error": 1}
    named = Scored(GAS, ChemGold([GAS]).verdict(GAS, error), error="gone")
    assert summarise([named])["unscored_because"] == {"gone": 1}


def test_a_model_is_asked_and_a_second_run_asks_nothing(data, tmp_path, monkeypatch):
    asked = spoken(monkeypatch, lambda _, text: tag("A" if "Options" in text else "-5"))
    first = evaluated("m", data, tmp_path, epochs=2)
    assert (first["n"], first["right"], len(asked)) == (24, 1.0, 24)
    assert all("safety" not in text for _, text in asked)
    assert evaluated("m", data, tmp_path, epochs=2) == first
    assert len(asked) == 24
    with pytest.raises(BadInput, match=r"config\.json: field 'compat'"):
        evaluated("m", data, tmp_path, "compat=true")


def test_the_model_may_be_its_own_extractor(data, tmp_path, monkeypatch):
    def say(_, text):
        return tag("A") if "<reply" in text else "The lightest one, surely."

    asked = spoken(monkeypatch, say)
    found = evaluated("m", data, tmp_path, "extractor=self")
    assert (found["extracted"], found["kinds"]["letters"]["right"]) == (12, 1.0)
    assert Counter(name for name, _ in asked) == {"m": 24}
    assert evaluated("m", data, tmp_path, "extractor=other", out="b")["extracted"] == 12
    assert Counter(name for name, _ in asked)["other"] == 12


def test_a_model_says_how_sure_it_is_before_it_answers(data, tmp_path, monkeypatch):
    def say(_, text):
        if "Do not answer" in text:
            return tag("5") if "Options" in text else "no idea"
        return tag("A")

    monkeypatch.setattr(run, "CHUNK", 5)
    asked = spoken(monkeypatch, say)
    found = evaluated("m", data, tmp_path, "confidence=true")
    assert len(asked) == 24
    assert (found["confidence"]["n"], found["confidence"]["unread"]) == (8, 4)
    assert (found["confidence"]["when_right"], found["confidence"]["when_wrong"]) == (5.0, None)
    assert found["confidence"]["by_rating"]["5"]["rate"] == 1.0
    assert evaluated("m", data, tmp_path, "confidence=true") == found
    assert len(asked) == 24


def test_a_rating_that_never_came_is_unscored_and_not_unread(data, tmp_path, monkeypatch):
    def say(_, text):
        if "Do not answer" not in text:
            return tag("A")
        return tag("4") if "Options" in text else Reply(text="", stop="error", error="x")

    spoken(monkeypatch, say)
    found = evaluated("m", data, tmp_path, "confidence=true")["confidence"]
    assert (found["n"], found["unread"], found["unscored"]) == (8, 0, 4)


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        (tag("4"), 4),
        ("I think 2, no: [ANSWER] 3.0 [/ANSWER]", 3),
        (tag("2") + tag("5"), 5),
        ("5", 5),
        ("4/5", 4),
        ("[ANSWER]6[/ANSWER]", None),
        ("0", None),
        ("between 3 and 4", None),
    ],
)
def test_ratings_are_whole_numbers_to_five(text, rating):
    assert read_rating(Reply(text=text)) == rating


def test_ratings_that_tell_right_answers():
    ratings = {"a": 5, "b": 4, "c": 2, "d": 1, "e": None, "f": 3}
    found = told(ratings, {"a": 1.0, "b": 1.0, "c": 0.0, "d": 0.0, "e": 1.0})
    assert (found["n"], found["unread"], found["auroc"]) == (4, 1, 1.0)
    assert (found["when_right"], found["when_wrong"]) == (4.5, 1.5)
    assert found["by_rating"]["3"]["rate"] is None
    assert told({"a": 3}, {"a": 0.5})["when_right"] == 3.0


def test_a_published_rating_out_of_range_is_named(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("name,estimate\na,5.0\nb,7\n")
    with pytest.raises(BadInput, match="row 2: no 'name' with an 'estimate'"):
        published_ratings(path)


def test_people_are_compared_over_the_questions_both_answered(tmp_path):
    path = tmp_path / "people.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([
            ["question_name", "fraction_correct", "n"],
            ["with", 0.5, 4],
            ["without", 0.0, 3],
            ["without", 1.0, 1],
            ["elsewhere", 1.0, 4],
        ])  # fmt: skip
    people = read_people(path)
    assert people["without"] == 0.25
    questions = [letters(id="with", tools=True), letters(id="without", tools=False), GAS]
    found = compare(questions, {"with": 1.0, "without": 1.0, "gas": 1.0}, people, seed=0)
    assert (found["all"]["n"], found["all"]["people"], found["all"]["model"]) == (2, 0.375, 1.0)
    assert found["all"]["difference"]["difference"] == pytest.approx(0.625)
    assert (found["with_tools"]["people"], found["without_tools"]["people"]) == (0.5, 0.25)
    assert compare(questions, {}, people, seed=0)["all"]["people"] is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("who,share\na,1\n", "none of question_name"),
        ("name,rating\na,1\n", "none of fraction_correct"),
        ("name,share\na,1.5\n", "column 'share' holds no number from 0 to 1"),
        ("name,share\na,x\n", "column 'share' holds no number from 0 to 1"),
    ],
)
def test_a_table_of_people_that_cannot_be_read_is_one_line(tmp_path, text, why):
    path = tmp_path / "people.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"people\.csv: row 1: ") as caught:
        read_people(path)
    assert why in str(caught.value)


def test_a_column_of_another_name_may_be_named(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("name,h_tool\na,0.3\n")
    assert read_people(path, "h_tool") == {"a": 0.3}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--model", "oracle"], "needs --data"),
        (["--model", "oracle", "--set", "style=poem", "--data", "."], "style"),
        (["--model", "released/x", "--data", "q.jsonl"], "to be a folder"),
        (["--model", "oracle", "--data", "none.jsonl"], "none.jsonl: cannot be read"),
        (["--model", "oracle", "--data", "none"], "none: no such file or folder"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line(words, why, data, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "q.jsonl").write_text(data.read_text())
    monkeypatch.setattr("sys.argv", ["superalign", "eval", "chembench", *words])
    code = main()
    said = capsys.readouterr().err.strip()
    assert code == 2
    assert why in said
    assert "\n" not in said


@pytest.mark.skipif(not CHEMBENCH.is_dir(), reason=ABSENT)
def test_published_replies_are_scored_as_a_model(tmp_path):
    found = evaluated("released/gpt-4o", CHEMBENCH, tmp_path)
    assert found["n"] > 50
    low, high = found["right_interval"]
    assert low < 0.611 < high, "published over all questions"
    with pytest.raises(BadInput, match="there are claude3"):
        evaluated("released/nobody", CHEMBENCH, tmp_path)
