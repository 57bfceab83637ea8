"""What a reply answers: ours, and as the original reads it."""

from __future__ import annotations

import pytest

from chembench_questions import letters, numeric
from superalign.evals.chembench.answers import read_answer, without_echo
from superalign.evals.chembench.original import read_original
from superalign.evals.chembench.scoring import mark

GAS, COUNT = letters(), numeric()


def tag(text):
    return f"So it is [ANSWER]{text}[/ANSWER]."


ORIGINAL = [
    ("A, B", "AB"),
    ("A,B", "AB"),
    ("A. Methane", "A"),
    ("A, methane", "A"),
    (" A ", "A"),
    ("C, SF4 ", "C"),
    (" B, 6 d ", "B"),
    ("A, Cl2, B, phenol", "A"),
]


@pytest.mark.parametrize(("inside", "chosen"), ORIGINAL)
def test_the_original_reads_letters(inside, chosen):
    assert read_original(GAS, tag(inside)) == frozenset(chosen)


NOT_ORIGINAL = ["A B", "AB", "A and C", "A\nC", "(B)", "a", ""]


@pytest.mark.parametrize("inside", NOT_ORIGINAL)
def test_the_original_passes_over_tags_in_other_forms(inside):
    assert read_original(GAS, tag(inside) + tag("D")) == frozenset("D")


def test_the_original_pools_all_tags_and_keeps_allowed_letters():
    assert read_original(GAS, tag("A") + tag("C")) == frozenset("AC")
    assert read_original(GAS, tag("D, E")) == frozenset("D")
    assert read_original(GAS, tag("E")) is None
    assert read_original(GAS, "<ANS>B</ANS> and [ANS]D[ANS]") == frozenset("BD")
    assert read_original(GAS, "B, D") == frozenset("BD")


OURS = [
    *ORIGINAL[:-1],
    ("A, Cl2, B, phenol", "AB"),
    ("A B", "AB"),
    ("AB", "AB"),
    ("a", "A"),
    ("A and C", "AC"),
    ("A\nC", "AC"),
    ("(B)", "B"),
    ("1. B", "B"),
    ("**B**", "B"),
    ("B)", "B"),
    ("Ethane", "B"),
    ("b. ethane", "B"),
    ("D: Butane", "D"),
    ("A. Methane\nC. Propane", "AC"),
    ("E", "E"),
]


@pytest.mark.parametrize(("inside", "chosen"), OURS)
def test_letters_are_read_in_many_forms(inside, chosen):
    assert read_answer(GAS, tag(inside)) == frozenset(chosen)


@pytest.mark.parametrize("inside", ["none", "", "methane or ethane", "I do not know", "a gas"])
def test_what_names_no_option_is_no_answer(inside):
    assert read_answer(GAS, tag(inside)) is None


def test_the_last_tag_that_holds_an_answer_counts():
    assert read_answer(GAS, tag("A") + tag("C")) == frozenset("C")
    assert read_answer(GAS, tag("A") + tag("")) == frozenset("A")
    assert read_answer(GAS, "[ANSWER]A\n\nno, [ANSWER]B[/ANSWER]") == frozenset("B")
    assert read_answer(GAS, "[ANSWER]A[ANSWER]") == frozenset("A")
    assert read_answer(GAS, "[ANSWER] B\n\nD and C are wrong.") == frozenset("B")
    assert read_answer(GAS, "<ans>D</ans>") == frozenset("D")
    assert read_answer(GAS, "[ANSWER]\nA,\nD\n[/ANSWER]") == frozenset("AD")


def test_an_option_that_is_the_letter_of_another_is_no_trap():
    question = letters("B", "A", right="A")
    assert read_answer(question, tag("A")) == frozenset("A")


def test_without_a_tag_an_answer_is_announced_or_there_is_none():
    assert read_answer(GAS, "The answer is B.") == frozenset("B")
    assert read_answer(GAS, "B") == frozenset("B")
    assert read_answer(GAS, "Methane has one carbon. A gas is B or C, I think so.") is None
    assert read_answer(GAS, "B", cut=True) is None
    assert read_answer(GAS, "The answer is E.") is None
    assert read_answer(COUNT, "The answer is 7.") == 7.0
    assert read_answer(COUNT, "First 3 ketones, then 12 more.") is None


NUMBERS = [
    ("42,000", 42000.0, 42.0),
    ("1/2", 0.5, 1.0),
    ("\u22122", -2.0, 2.0),
    ("5.3 g/mol", 5.3, 5.3),
    ("-220.3 kJ mol^{-1}", -220.3, -220.3),
    ("58.14%", 58.14, 58.14),
    ("+8", 8.0, 8.0),
    (" 16. ", 16.0, 16.0),
    ("3.43E-23 g", 3.43e-23, 3.43e-23),
    ("1.32e+05", 132000.0, 132000.0),
    ("4.58 x 10^-23", 4.58e-23, 4.58e-23),
    ("2.36 x 10^{-15}", 2.36e-15, 2.36e-15),
    ("1.5 \\times 10^{3}", 1500.0, 1500.0),
    ("0.4*Dq", 0.4, 0.4),
    ("1.024 mol", 1.024, 1.024),
]


@pytest.mark.parametrize(("inside", "ours", "original"), NUMBERS)
def test_numbers(inside, ours, original):
    assert read_answer(COUNT, tag(inside)) == pytest.approx(ours, rel=1e-12)
    assert read_original(COUNT, tag(inside)) == pytest.approx(original, rel=1e-12)


MORE = [
    ("10^-5", 1e-5),
    ("2 \u00d7 10\u207b\u00b3", 2e-3),
    ("\\frac{3}{4}", 0.75),
    ("x = 7", 7.0),
    ("\n12\n", 12.0),
    ("-1,234.5", -1234.5),
    ("3\u00b710^2", 300.0),
]


@pytest.mark.parametrize(("inside", "found"), MORE)
def test_numbers_in_further_forms(inside, found):
    assert read_answer(COUNT, tag(inside)) == pytest.approx(found, rel=1e-12)


def test_only_the_original_takes_the_first_tag_and_words_out_of_words():
    twice = tag("66") + tag("58")
    assert (read_answer(COUNT, twice), read_original(COUNT, twice)) == (58.0, 66.0)
    ketone = "It is often a ketone."
    assert (read_answer(COUNT, ketone), read_original(COUNT, ketone)) == (None, 10.0)
    assert read_original(COUNT, "a ketone") == 1.0
    assert read_original(COUNT, "<ANSWER>5</ANSWER>") is None
    assert read_original(COUNT, "[ANSWER]\n5\n[/ANSWER]") is None
    assert read_answer(COUNT, "<ANSWER>5</ANSWER>") == 5.0


def test_a_decimal_comma_is_not_guessed_at():
    assert read_answer(COUNT, tag("3,5")) is None


def test_a_completion_begins_with_its_answer():
    assert read_answer(GAS, " B\nQuestion: next?", "completion") == frozenset("B")
    assert read_answer(COUNT, " 14\n\nQuestion: what of 3?", "completion") == 14.0
    assert read_original(COUNT, "C is 347 kJ.\nAnswer: 10", "completion") == 347.0


def test_a_prompt_written_out_again_is_no_answer():
    prompt = "Which of A, B, C, D?\nAnswer:"
    reply = prompt + " C"
    assert read_original(GAS, reply, "completion") == frozenset("ABCD")
    assert read_answer(GAS, without_echo(reply, prompt), "completion") == frozenset("C")
    assert without_echo("C", "") == "C"
    other = "Please choose.\nQuestion: Which gas?\nOptions: A, B\nAnswer: B"
    assert read_answer(GAS, other, "completion") == frozenset("B")
    more = " C\nQuestion: Which metal?\nAnswer: B"
    assert read_answer(GAS, more, "completion") == frozenset("C")


HOSTILE = [
    "1e999",
    "9" * 5000,
    "1e-999",
    "1x10^99999999",
    "\\ce{" * 3000 + "}" * 3000,
    "[ANSWER]" * 1000,
]


@pytest.mark.parametrize("inside", HOSTILE, ids=range(len(HOSTILE)))
def test_no_reply_breaks_the_reading(inside):
    for question in (GAS, COUNT):
        for style in ("instruct", "completion"):
            for said in (
                read_answer(question, tag(inside), style),
                read_original(question, tag(inside), style),
            ):
                assert said is None or not mark(question, said).right
