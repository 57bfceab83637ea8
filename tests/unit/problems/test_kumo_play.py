"""The simulator, the protocol of a player, and template books."""

from __future__ import annotations

import itertools
import json
from random import Random

import pytest

from kumo_worlds import SCAN, scan_task, task
from superalign.problems.kumo.books import book
from superalign.problems.kumo.generate import Size, generate
from superalign.problems.kumo.invented import invented
from superalign.problems.kumo.play import Play, random_player
from superalign.problems.kumo.protocol import answer, problem, replay, seen
from superalign.problems.kumo.shelf import Shelf
from superalign.problems.kumo.task import packed, unpacked

REPLIES = ["<ANSWER> probe </ANSWER>", "<ANSWER>scan</ANSWER>", "<ANSWER> a </ANSWER>"]


def test_a_play_by_hand():
    play = Play(scan_task())
    assert play.say("probe") == "red"
    assert play.say("probe") == "red"
    assert play.say("scan") == "high"
    assert play.say("a") is None
    assert (play.taken, play.named, play.end) == (["probe", "probe", "scan"], "a", "named")
    assert play.success
    assert (len(play.taken), play.published_actions) == (3, 5)
    with pytest.raises(ValueError, match="over"):
        play.say("scan")


@pytest.mark.parametrize("said", ["Scan", "scan ", "", None, "z"])
def test_what_is_no_name_ends_the_play_as_a_failure(said):
    play = Play(scan_task())
    play.say("probe")
    assert play.say(said) is None
    assert (play.end, play.success, play.published_actions) == ("unreadable", False, 2)


def test_turns_are_used_up():
    play = Play(scan_task(), steps=2)
    play.say("probe")
    play.say("probe")
    assert (play.end, play.success, play.published_actions) == ("steps", False, 2)


def test_success_looks_at_all_observations_and_not_only_at_those_seen():
    assert Play(scan_task()).success is False
    wrong = Play(scan_task())
    wrong.say("b")
    assert (wrong.named, wrong.success) == ("b", False)
    open_task = task({"x": {"1": "b", "2": ""}}, {"x": "1"})
    either = Play(open_task)
    either.say("c")
    assert either.success


def test_a_name_of_both_is_a_truth():
    made = task({"a": {"1": "b", "2": ""}}, {"a": "1"}, truths="ab")
    play = Play(made)
    play.say("a")
    assert (play.named, play.taken) == ("a", [])


def test_the_random_player_ends_and_never_repeats_an_action():
    plays = [random_player(scan_task(), Random(i)) for i in range(300)]
    assert all(p.end == "named" and len(set(p.taken)) == len(p.taken) for p in plays)
    assert 70 < sum(p.success for p in plays) < 130


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        ("<ANSWER> scan </ANSWER>", "scan"),
        ("I think <ANSWER>probe</ANSWER>, no: <ANSWER>scan</ANSWER> it is", "scan"),
        ("<ANSWER> ${scan} </ANSWER>", "scan"),
        ("<ANSWER>${ X (a, b) }</ANSWER>", "X (a, b)"),
        ("<ANSWER> scan", "scan"),
        ("<ANSWER></ANSWER>", ""),
        ("scan", None),
        ("<answer>scan</answer>", None),
        ("<ANSWER>\nscan\n</ANSWER> and </ANSWER>", "scan"),
        ("</ANSWER><ANSWER>scan", "scan"),
        ("", None),
    ],
)
def test_how_a_reply_is_read(reply, name):
    assert answer(reply) == name


def test_a_turns_instruction_is_shown_once_and_not_kept():
    first = seen(scan_task(), "RULES", [])
    assert [m.role for m in first] == ["system", "user"]
    assert "Nothing has been observed" in first[1].text
    assert "Candidates: a, b, c" in first[1].text
    third = seen(scan_task(), "RULES", REPLIES[:2])
    assert [m.role for m in third] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert [m.text for m in third if m.role == "assistant"] == REPLIES[:2]
    assert third[3].text == (
        "Outcome of your last action: {'action': 'probe', 'observation': 'red'}"
    )
    assert third[5].text.startswith(
        "Outcome of your last action: {'action': 'scan', 'observation': 'high'}\n\n"
    )
    assert sum("<ANSWER> name </ANSWER>" in m.text for m in third) == 1


def test_a_pair_is_shown_as_a_list():
    made = task({"x": {(0.5, 2.0): "b", "w": "a"}}, {"x": (0.5, 2.0)}, truths="ab")
    shown = seen(made, "RULES", ["<ANSWER>x</ANSWER>"])[-1].text
    assert "'observation': [0.5, 2.0]}" in shown


def test_replies_make_the_play_again():
    play = replay(scan_task(), [*REPLIES, "<ANSWER>b</ANSWER>"])
    assert (play.taken, play.named, play.success) == (["probe", "scan"], "a", True)
    assert replay(scan_task(), REPLIES[:2]).end == ""
    assert replay(scan_task(), ["gibberish"]).end == "unreadable"
    with pytest.raises(ValueError, match="over"):
        seen(scan_task(), "RULES", REPLIES)


def test_a_problem_holds_the_rules_and_neither_answer_nor_observations():
    made = task({"x": {"1": "b", "2": "c"}}, {"x": "1"}, truths="abc", valid="a")
    other = task({"x": {"1": "b", "2": "c"}}, {"x": "2"}, truths="abc", valid="b")
    assert problem(made, guided=False).prompt == problem(other, guided=False).prompt
    assert problem(made, guided=False).id != problem(other, guided=False).id
    shelf = Shelf([made, other])
    assert [shelf.task(p.id).valid for p in shelf.problems] == ["a", "b"]
    assert "gone" not in shelf
    assert problem(made).id != problem(made, guided=False).id


def test_a_task_is_packed_with_its_own_rules_alone():
    for made in itertools.islice(generate(invented(2), Size(truths=4, actions=6), seed=3), 5):
        assert unpacked(packed(made)).row() == made.row()
        again = unpacked(json.loads(json.dumps(packed(made))))
        assert again.row() == made.row()
        assert again.kills == made.kills
        assert again.survivors == made.survivors
        assert again.domain.truths == made.truths
        rules = again.domain.outcomes.values()
        assert all(s.excludes <= set(made.truths) for states in rules for s in states)


def test_the_book_states_every_outcome_of_every_action():
    text = book(scan_task())
    for action, states in SCAN.items():
        for value in states:
            assert any(action in line and value in line for line in text.lower().splitlines())
    low = next(line for line in text.splitlines() if '"low"' in line.lower())
    assert low.rstrip(".").endswith((" a", "a drops out"))
    assert book(scan_task()) == text
    assert len({book(scan_task(), seed=s) for s in range(9)}) > 1


def test_the_book_of_an_interval_and_of_an_idle_outcome():
    made = task({"x": {(0.5, 2.0): "ab", (2.0, 3.0): ""}}, {"x": 1.0}, valid="c")
    text = book(made)
    assert "a value from 0.5 to 2" in text.lower()
    idle = next(line for line in text.splitlines() if "2 to 3" in line)
    assert "nothing" in idle or "every candidate" in idle


def test_the_published_book_comes_first_and_none_can_be_asked_for():
    assert problem(scan_task(book="A BOOK")).prompt.endswith("A BOOK")
    assert "# Guide" in problem(scan_task()).prompt
    assert "# Guide" not in problem(scan_task(), guided=False).prompt
