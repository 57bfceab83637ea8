"""Books and domains in a model's words: checked, mended, and never executed."""

from __future__ import annotations

import asyncio

import pytest

from kumo_worlds import domain, scan_task
from superalign.errors import BadInput
from superalign.evals.kumo.books import book_in, revised, written
from superalign.evals.kumo.domains import ROUNDS, Theme, goes_on, mended, proposed, read
from superalign.policies.scripted import Scripted
from superalign.problems.kumo.books import book
from superalign.records import Reply

NAMES = "a b c scan probe"
GOOD = f"Sure. <BOOK>My guide: {NAMES}</BOOK>"
BETTER = f"<BOOK>Better guide: {NAMES}</BOOK>"


def talker(*lines):
    """A policy that says its lines one after another, whatever it is asked."""
    left = iter(lines)
    return Scripted(lambda seen, seed: next(left))


def wrote(*lines, **fields):
    return asyncio.run(written(scan_task(), talker(*lines), **fields))


def test_a_book_that_a_check_finds_right_is_taken():
    made = wrote(GOOD, "FAULTS: none")
    assert (made.text, made.by_model, made.checked) == (f"My guide: {NAMES}", True, True)


def test_a_book_with_faults_is_rewritten_and_checked_again():
    made = wrote(GOOD, f"FAULTS: missing, confirmation\n{BETTER}", "FAULTS: none")
    assert (made.text, made.checked) == (f"Better guide: {NAMES}", True)
    assert made.faults == ("confirmation", "missing")


def test_rounds_end_and_the_last_check_is_told():
    fault = f"FAULTS: invented\n{BETTER}"
    made = wrote(GOOD, fault, fault, rounds=2)
    assert (made.checked, made.faults) == (False, ("invented", "invented"))


def test_another_model_may_check():
    made = wrote(GOOD, checker=talker(f"FAULTS: missing\n{BETTER}", "FAULTS: none"))
    assert (made.text, made.checked) == (f"Better guide: {NAMES}", True)


def test_an_unreadable_check_is_no_clean_one():
    assert wrote(GOOD, "looks fine to me").checked is None


@pytest.mark.parametrize("text", ["no tags", f"<BOOK>{NAMES[:-5]}</BOOK>", "<BOOK></BOOK>"])
def test_a_book_that_does_not_name_all_is_replaced_by_the_template(text):
    made = wrote(text)
    assert (made.text, made.by_model) == (book(scan_task()), False)


def test_a_book_that_was_cut_off_or_is_endless_is_not_taken():
    assert book_in(scan_task(), Reply(text=GOOD, stop="length")) is None
    assert book_in(scan_task(), Reply(text=f"<BOOK>{NAMES}{'x' * 50_000}</BOOK>")) is None


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        ("FAULTS: none", ()),
        ("FAULTS: ambiguous", ("ambiguous",)),
        ("FAULTS: Missing , INVENTED", ("missing", "invented")),
        ("FAULTS: none, missing", ("missing",)),
    ],
)
def test_the_four_kinds_are_read(line, faults):
    assert revised(scan_task(), Reply(text=line)).faults == faults


@pytest.mark.parametrize("line", ["", "FAULTS: style", "FAULTS:", "none", "True"])
def test_other_words_are_no_check(line):
    assert revised(scan_task(), Reply(text=line)) is None


def test_a_revision_that_loses_names_keeps_the_older_book():
    made = wrote(GOOD, "FAULTS: missing\n<BOOK>short</BOOK>", "FAULTS: none")
    assert made.text == f"My guide: {NAMES}"


BLOCK = """Here it is.
```python
Truths = ["flu", "cold", "gout", "calm"]
Actions = ["heat", "toe"]
Outcomes = {
    "heat": {"type": "float", "states": {(36.0, 37.5): {"flu"}, (37.5, 42.0): set()}},
    "toe": {"type": "str", "states": {"red": {"flu", "cold"}, "pale": {"gout", "cold"}}},
    "one": {"type": "str", "states": {"red": {"flu"}}},
}
```"""
THEME = Theme("Find the illness.", "illnesses", ["take the temperature"])


def test_a_domain_is_parsed_and_mended():
    made = read(BLOCK, "toy", "Find the illness.")
    assert made.domain.truths == ("flu", "gout")
    assert made.domain.actions == ("heat", "toe")
    assert made.domain.excluded("toe", "red") == {"flu"}
    assert made.domain.goal == "Find the illness."
    assert "every outcome of 'toe' rules out 'cold'" in made.mended
    assert made.short == ("2 truths of 50", "2 actions of 30")
    assert list(made.domain.faults()) == []


def test_a_model_is_asked_on_until_it_says_that_it_ended():
    lines = ["list 1\nNO_END", "list 2\n**NO_END**", "list 3\nEND", BLOCK]
    seen = []

    def say(messages, seed):
        seen.append([m.text for m in messages])
        return lines[len(seen) - 1]

    made = asyncio.run(proposed(THEME, Scripted(say), name="toy"))
    assert made.domain.name == "toy"
    assert len(seen) == 4
    assert [t.split("\n")[0] for t in seen[3][2::2]] == ["list 1", "list 2", "list 3"]


def test_a_model_that_never_ends_is_asked_for_the_block_after_some_rounds():
    lines = ["more\nNO_END"] * (1 + ROUNDS) + [BLOCK]
    asked = []

    def say(messages, seed):
        asked.append([m.role for m in messages])
        return lines[len(asked) - 1]

    assert asyncio.run(proposed(THEME, Scripted(say), name="toy")).domain.truths
    assert asked[-1] == ["system", *["user", "assistant"] * (1 + ROUNDS), "user"]


@pytest.mark.parametrize(
    ("text", "more"),
    [("x\nEND", False), ("x\nNO_END", True), ("NO_END\nthen\nEND.", False), ("no status", False)],
)
def test_the_status_is_the_last_line_that_is_one(text, more):
    assert goes_on(text) is more


HOSTILE = [
    "Truths = __import__('os').listdir('.')",
    "import os\nos.mkdir('{marker}')\nTruths = ['a']",
    "Truths = [x for x in open('{marker}', 'w').write('x')]",
    "Outcomes = eval('1')",
    "exec(\"open('{marker}','w')\")",
    "Truths = ['a', 'b']\nOutcomes = {'x': {'states': {(1, 2, 3): ['a']}}}",
    "Truths = ['a', 'b']\nOutcomes = {'x': {'states': {'s': 3}}}",
    "Truths = ['a', 'b']\nOutcomes = {'x': {'type': 'float', 'states': {(0, 1e999): ['a']}}}",
    "Truths = " + "(" * 3000 + ")" * 3000,
    "Truths = -" + "-" * 100_000 + "1",
]


@pytest.mark.parametrize("code", HOSTILE)
def test_hostile_output_is_one_line_and_nothing_happens(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = f"```python\n{code.replace('{marker}', 'marker')}\n```"
    with pytest.raises(BadInput, match="toy: ") as caught:
        read(text, "toy")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_reply_without_a_block_is_bad_input():
    with pytest.raises(BadInput, match="no code block"):
        read("I cannot do that.", "toy")


def test_a_model_that_gives_no_answer_is_bad_input():
    with pytest.raises(BadInput, match="gave no answer: gone"):
        asyncio.run(proposed(THEME, talker(Reply(text="", stop="error", error="gone")), name="toy"))


def test_the_last_block_counts():
    first = BLOCK.replace("gout", "ague")
    assert read(f"{first}\n{BLOCK}", "toy").domain.truths == ("flu", "gout")


def test_an_outcome_without_a_number_is_taken_out():
    made = mended(domain({"x": {(3.0, 2.0): "a", "1": "b", "2": "a"}}, "ab"))
    assert [s.value for s in made.domain.outcomes["x"]] == ["1", "2"]


def test_a_domain_that_nothing_is_left_of_is_bad_input():
    with pytest.raises(BadInput, match="1 truths can be ruled out"):
        mended(domain({"x": {"1": "a", "2": ""}}))
