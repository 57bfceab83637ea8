"""`superalign eval awareness`: draws, mixed files, lone sources, and what could not be read."""

from __future__ import annotations

import json

import pytest
from awareness_files import about, evaluated, letter_of, record, sees, spoken, tag, write

from superalign.evals.awareness.caveats import truncated
from superalign.evals.awareness.config import chosen, config_of
from superalign.evals.awareness.questions import PROBES, PURPOSES
from superalign.problems.transcripts.read import read_transcripts
from superalign.records import Reply


@pytest.fixture
def data(tmp_path):
    return write(tmp_path / "t.json")


def chances(tmp_path, out="out"):
    rows = json.loads((tmp_path / out / "m" / "transcripts.json").read_text())
    return [r["chance"] for r in rows]


def test_the_seed_draws_which_order_comes_first_and_every_vote(data, tmp_path, monkeypatch):
    spoken(monkeypatch, lambda *_: tag("A"))
    evaluated("m", data, tmp_path, "votes=1", 'probes=["direct"]')
    assert 4 < chances(tmp_path).count(1.0) < 20, "with a single vote a letter says as much of both"
    spoken(monkeypatch, lambda _, __, seed: tag("AB"[seed % 2]))
    for seed, out in ((0, "a"), (0, "b"), (1, "c")):
        evaluated("m", data, tmp_path, "votes=2", 'probes=["direct"]', seed=seed, out=out)
    by_id = [sorted(chances(tmp_path, out)) for out in "abc"]
    assert by_id[0] == by_id[1] != by_id[2]


def test_other_words_under_the_same_id_are_asked_about_anew(data, tmp_path, monkeypatch):
    words = ("votes=1", 'probes=["direct"]')
    spoken(monkeypatch, lambda _, seen, seed: sees(seen, seed))
    evaluated("m", data, tmp_path, *words)
    rows = json.loads(data.read_text())
    for row in rows:
        row["input"][1]["content"] = "Other words."
    data.write_text(json.dumps(rows))
    asked = spoken(monkeypatch, lambda _, seen, seed: sees(seen, seed))
    evaluated("m", data, tmp_path, *words)
    assert len(asked) == 24


def test_an_open_answer_that_never_came_is_not_graded(tmp_path, monkeypatch):
    lost = Reply(text="", stop="error", error="down")
    asked = spoken(monkeypatch, lambda *_: lost)
    few = write(tmp_path / "u.json", n=1)
    found = evaluated("m", few, tmp_path, "form=open", "grader=g", "votes=1")
    assert (found["n"], found["unscored_because"]) == (0, {"down": 4})
    assert {name for name, _ in asked} == {"m"}


def test_a_limit_draws_by_the_seed_and_purposes_need_one(tmp_path):
    path = write(tmp_path / "t.json", n=20)

    def drawn(seed, limit=6, **fields):
        return [t.id for t in chosen(config_of(fields, "x"), path, seed=seed, limit=limit)]

    assert drawn(0) == drawn(0)
    assert {*drawn(0)} != {*drawn(1)}
    rows = json.loads(path.read_text())
    for row in rows[:5]:
        row["metadata"]["purpose"] = None
    path.write_text(json.dumps(rows))
    kept = drawn(0, None, protocol="purpose")
    assert len(kept) == 75
    assert not {"exam0", "exam4"} & {*kept}


def test_bins_and_the_bar_are_those_asked_for(tmp_path):
    path = write(tmp_path / "t.json", n=40)
    found = evaluated("random", path, tmp_path, "bins=1", "fpr=1")
    (whole,) = found["calibration"]
    assert found["ece"] == pytest.approx(abs(whole["confidence"] - 0.5))
    assert found["tpr"] == 1.0


def test_one_source_of_a_label_is_enough_to_say_so(tmp_path):
    path = write(tmp_path / "t.json", sources=("exam", "quiz", "chat"))
    found = evaluated("random", path, tmp_path)
    assert found["interval_over"] == "transcripts"
    assert any(c.startswith("sources:") for c in found["caveats"])


def test_real_use_is_not_asked_what_it_tests_and_each_question_has_its_unscored(
    data, tmp_path, monkeypatch
):
    def say(_, seen, seed):
        text = seen[-1].text
        if PURPOSES["unconditional"].text in text and about(seen) == "exam":
            return "Hm."
        return tag(next(x[0] for x in text.split("\n") if "its knowledge" in x and x[1] == "."))

    asked = spoken(monkeypatch, say)
    found = evaluated("m", data, tmp_path, "protocol=purpose", "votes=1")
    hinted = [about(seen) for _, seen in asked if PURPOSES["conditional"].text in seen[-1].text]
    assert {*hinted} == {"exam", "quiz"}
    assert (found["n"], found["unscored"]) == (18, 6)
    assert found["unscored_because"] == {"unreadable": 6}
    assert (found["conditional_n"], found["conditional_unscored"]) == (12, 0)
    assert (found["unconditional_n"], found["unconditional_unscored"]) == (6, 6)
    assert (found["conditional"], found["unconditional"]) == (0.5, 0.0)
    assert found["interval_over"] == "transcripts"
    assert any(c.startswith("sources:") for c in found["caveats"])


def test_purposes_of_several_sources_have_intervals_over_these(tmp_path, monkeypatch):
    """Sources told all right and all wrong: their interval is wide, however many transcripts."""
    rows = [record("exam", i) for i in range(40)] + [record("quiz", i) for i in range(40)]
    for i, row in enumerate(rows):
        row["metadata"] |= {"source": f"s{i % 4}", "purpose": "capability", "label": "evaluation"}
        row["input"][0]["content"] = f"This is number {i} of s{i % 4}."
    path = tmp_path / "t.json"
    path.write_text(json.dumps(rows))

    def say(_, seen, seed):
        words = "its knowledge" if about(seen) in ("s0", "s1") else "it is safe"
        text = seen[-1].text
        return tag(next(x[0] for x in text.split("\n") if words in x and x[1] == "."))

    spoken(monkeypatch, say)
    found = evaluated("m", path, tmp_path, "protocol=purpose", "votes=1")
    assert (found["conditional"], found["conditional_interval"]) == (0.5, (0.0, 1.0))
    assert found["interval_over"] == "sources"


def test_caveats_of_a_mixed_file(tmp_path, monkeypatch):
    rows = [record("exam", 0), *(record("chat", i, proxy=i == 0) for i in range(3))]
    rows[0]["input"][0]["content"] = "x" * 99
    path = tmp_path / "t.json"
    path.write_text(json.dumps(rows))
    found = evaluated("random", path, tmp_path)
    lines = {line.split(":")[0]: line for line in found["caveats"]}
    assert "1 of 3 transcripts of real use are none" in lines["stand-ins"]
    assert "25% are evaluations" in lines["balance"]
    cut = truncated(read_transcripts(path), 52)
    assert (cut["n"], cut["share_left_out"]) == (1, 0.5), "of the long one's 104 characters"


def test_priming_names_the_probes_furthest_apart(data, tmp_path, monkeypatch):
    def say(_, seen, seed):
        if PROBES["style"].text in seen[-1].text:
            return tag(letter_of("evaluation", seen))
        return sees(seen, seed)

    spoken(monkeypatch, say)
    found = evaluated("m", data, tmp_path, "votes=1", 'probes=["direct","style"]')
    (line,) = (c for c in found["caveats"] if c.startswith("priming:"))
    assert line.endswith(
        "AUCs of 0.50 to 1.00 and are 0.50 to 1.00 sure of an evaluation on average"
    )


def test_a_grader_says_what_reasons_rest_on(data, tmp_path, monkeypatch):
    def say(name, seen, seed):
        text = seen[-1].text
        if name != "g":
            return f"It is {about(seen)}. {sees(seen, seed)}"
        if "It is quiz" in text:
            return "Hm."
        words = "put like an exercise" if "It is exam" in text else "as real use has it"
        return tag(next(x[0] for x in text.split("\n") if words in x and x[1] == "."))

    asked = spoken(monkeypatch, say)
    words = ("votes=2", "reason=true", "grader=g")
    found = evaluated("m", data, tmp_path, *words, 'probes=["direct","style"]')
    tests, real = (found["cues"][label] for label in ("evaluation", "deployment"))
    assert (tests["n"], tests["unscored"], real["n"]) == (12, 12, 24)
    assert (tests["form"], tests["need"], real["need"]) == (1.0, 0.0, 1.0)
    assert real["need_interval"] is None, "all alike"
    assert sum(name == "g" for name, _ in asked) == 48, "of one of the two probes"
    assert found["auc"] == 1.0
    assert not any("number" in s[-1].text for n, s in asked if n == "g"), "but for the reply"
    none = evaluated("m", data, tmp_path, "votes=1", "grader=g", out="b")
    assert none["cues"] == {}
