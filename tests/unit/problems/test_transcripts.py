"""Transcripts: files of several spellings, roles, tools, cuts, and ways to put a question."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from superalign.errors import BadInput
from superalign.problems.transcripts.read import Told, read_transcripts
from superalign.problems.transcripts.shown import ASIDE, QUOTED, shortened, shown
from superalign.problems.transcripts.transcript import Transcript, Turn
from superalign.problems.transcripts.turns import acts, turns_of


def turns(*said):
    return tuple(Turn(role=role, text=text) for role, text in said)


TALK = turns(("system", "Be kind."), ("user", "Hi <b>"), ("assistant", "Hello."), ("tool", "42"))


def transcript(said=TALK, **fields):
    return Transcript(**{"id": "t", "turns": said, "evaluation": True, "source": "s", **fields})


def record(**fields):
    return {"id": "r", "input": [{"role": "user", "content": "Hi."}], **fields}


def read(tmp_path, *records, name="t.json", told=None):
    path = tmp_path / name
    lines = name.endswith("l")
    path.write_text("\n".join(map(json.dumps, records)) if lines else json.dumps(records))
    return read_transcripts(path, told)


def test_what_is_written_is_read_back(tmp_path):
    whole = transcript(
        agentic=True, purpose="alignment", public=True, proxy=True, people=(0.25, 1.0)
    )
    real = transcript(TALK[:2], id="u", evaluation=False)
    assert read(tmp_path, whole.packed(), real.packed()) == [whole, real]
    assert read(tmp_path, whole.packed(), real.packed(), name="t.jsonl") == [whole, real]


@pytest.mark.parametrize(
    ("fields", "evaluation", "purpose"),
    [
        ({"label": "evaluation"}, True, None),
        ({"metadata": {"label": "deployment"}}, False, None),
        ({"metadata": {"label": "Real"}}, False, None),
        ({"is_evaluation": True}, True, None),
        ({"is_evaluation": False}, False, None),
        ({"is_real": True}, False, None),
        ({"real": False}, True, None),
        ({"deployment": "eval"}, True, None),
        ({"metadata": {"eval_type": "capability"}}, True, "capability"),
        ({"metadata": {"type": "safety"}}, True, "alignment"),
        ({"metadata": {"category": "real"}}, False, None),
        ({"label": "real", "purpose": "capability"}, False, None),
    ],
)
def test_labels_have_many_spellings(tmp_path, fields, evaluation, purpose):
    (found,) = read(tmp_path, record(**fields))
    assert (found.evaluation, found.purpose) == (evaluation, purpose)


def test_records_without_a_label_are_what_the_user_says(tmp_path):
    chat = {"messages": [{"role": "human", "content": "Hi."}]}
    (found,) = read(tmp_path, chat, told=Told(evaluation=False, source="mine"))
    assert (found.label, found.source, found.turns[0].role) == ("deployment", "mine", "user")
    labelled = {**chat, "label": "evaluation", "source": "own"}
    (found,) = read(tmp_path, labelled, told=Told(evaluation=False, source="mine"))
    assert (found.label, found.source) == ("evaluation", "own")


def test_a_scaffold_or_a_tool_makes_an_agent(tmp_path):
    call = {"role": "assistant", "tool_calls": [{"function": "bash", "arguments": {"cmd": "ls"}}]}
    kinds = [
        r.kind
        for r in read(
            tmp_path,
            record(label="eval"),
            record(id="a", label="eval", metadata={"scaffold": "react"}),
            record(id="b", label="eval", input=[*record()["input"], call]),
            record(id="c", label="eval", input=[*record()["input"], call], agentic=False),
        )
    ]
    assert kinds == ["chat", "agentic", "agentic", "chat"]
    assert acts([{"role": "function", "content": "x"}])
    assert not acts("x")


def test_messages_of_apis_and_logs_become_turns():
    found = turns_of(
        [
            {"role": "developer", "content": "D"},
            {"from": "human", "value": "H"},
            {"role": "user", "content": [{"type": "text", "text": "T"}, {"type": "image"}, "bare"]},
            {"role": "assistant", "content": None, "tool_calls": [
                {"type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}},
                {"function": "g", "arguments": {"b": 2}},
            ]},
            {"role": "assistant", "content": [{"type": "reasoning", "reasoning": "R"}]},
            {"role": "tool", "content": "out"},
            {"role": "assistant", "content": ""},
        ],
        "f",
    )  # fmt: skip
    assert [(t.role, t.text) for t in found] == [
        ("system", "D"),
        ("user", "H"),
        ("user", "T\n[image]\nbare"),
        ("assistant", '[calls f({"a": 1})]\n[calls g({"b": 2})]'),
        ("assistant", "R"),
        ("tool", "out"),
    ]
    assert turns_of("Hi.", "f") == turns(("user", "Hi."))


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ([record()], "row 1: field 'label' is missing"),
        ([record(label="perhaps")], "row 1: field 'label' is 'perhaps'"),
        ([record(label="eval"), record(label="eval")], "row 2: id 'r' stands in an earlier"),
        ([{"id": "r", "label": "eval"}], "field 'input': holds no list of messages"),
        ([record(label="eval", input=[])], "field 'input': nothing is said"),
        ([record(label="eval", input=["x"])], "message 1: is not a JSON object"),
        ([record(label="eval", input=[{"role": "cat"}])], "field 'role' is 'cat'"),
        ([record(label="eval", input=[{"role": "user", "content": 3}])], "field 'content'"),
        ([record(label="eval", people=[2])], "row 1: field 'people' holds no chances"),
        ([record(label="eval", people=["x"])], "field 'people'"),
        ([], "holds no transcripts"),
        ([3], "row 1: is not a JSON object"),
    ],
)
def test_a_broken_file_is_one_line(tmp_path, records, why):
    with pytest.raises(BadInput, match=r"t\.json") as caught:
        read(tmp_path, *records)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_ratings_of_people_may_be_named(tmp_path):
    (found,) = read(tmp_path, record(label="eval", metadata={"human_ratings": {"b": 0.5, "a": 1}}))
    assert found.people == (1.0, 0.5)


def test_without_an_id_the_content_names_it(tmp_path):
    one = {"input": "Hi.", "label": "eval"}
    assert len({t.id for t in read(tmp_path, one, {**one, "input": "Ho."})}) == 2
    with pytest.raises(BadInput, match="earlier row"):
        read(tmp_path, one, one)


def test_the_reply_at_the_end_is_taken_off():
    said = turns(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"))
    assert transcript(said).requested().turns == said[:3]
    assert transcript(said[:3]).requested().turns == said[:3]
    alone = turns(("assistant", "b"))
    assert transcript(alone).requested().turns == alone
    assert (transcript(said).replied, transcript(said[:3]).replied) == (True, False)


def test_a_long_transcript_loses_its_middle_and_says_so():
    said = turns(("user", "abcde"), ("assistant", "fghij"), ("user", "klmno"), ("tool", "pqrst"))
    assert shortened(said, 20) == (said, 0)
    kept, cut = shortened(said, 8)
    assert cut == 12
    assert [t.role for t in kept] == ["user", "tool"]
    mark = "\n[... 12 characters are left out here ...]\n"
    assert [t.text for t in kept] == [f"abcd{mark}", "qrst"]
    kept, cut = shortened(said, 14)
    assert (kept[1].text, kept[2].text, cut) == (f"fg{mark.replace('12', '6')}", "no", 6)
    kept, cut = shortened(turns(("user", "abcdefghij")), 5)
    assert (kept[0].text, cut) == (f"abc{mark.replace('12', '5')}ij", 5)
    kept, _ = shortened(said, 10)
    assert [t.text for t in kept] == [f"abcde{mark.replace('12', '10')}", "pqrst"]


def test_a_question_is_put_in_the_conversation():
    seen = shown(transcript(), "Q?", "append", 100)
    assert [m.role for m in seen] == ["system", "user", "assistant", "user", "user"]
    assert seen[3].text == "[result of a tool]\n42"
    assert seen[4].text == f"{ASIDE}\n\nQ?"


@pytest.mark.parametrize("inject", ["quote", "json", "xml"])
def test_a_question_is_put_after_the_transcript_as_data(inject):
    (seen,) = shown(transcript(), "Q?", inject, 100)
    head, _, rest = seen.text.partition("\n")
    fence, inside = rest.split("\n", 1)
    assert (seen.role, head) == ("user", QUOTED)
    body, _, question = inside.rpartition(f"\n</{fence[1:]}\n\n")
    assert question == "Q?"
    match inject:
        case "quote":
            assert body.split("\n\n")[1:3] == ["user: Hi <b>", "assistant: Hello."]
        case "json":
            assert json.loads(body)[3] == {"role": "tool", "content": "42"}
        case "xml":
            root = ElementTree.fromstring(f"<all>{body}</all>")
            assert [(t.get("role"), t.text) for t in root][1] == ("user", "Hi <b>")
    other = shown(transcript(id="u"), "Q?", inject, 100)[0].text
    assert fence not in other


def test_what_is_shown_is_no_longer_than_asked():
    long = transcript(turns(("user", "x" * 5000)))
    for inject in ("append", "quote", "json", "xml"):
        text = "".join(m.text for m in shown(long, "Q?", inject, 100))
        assert text.count("x") < 110
