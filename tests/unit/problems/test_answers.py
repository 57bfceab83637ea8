from fractions import Fraction

import pytest

from superalign.problems.answers import boxed, equal, final_answer, number, numbers


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("16-3-4=9\n9*2=18\n#### 18", "18"),
        ("so 7, then 9.\nThe answer is 9.", "9"),
        ("The final answer is: $1,200 dollars.", "1,200"),
        (r"thus \boxed{\frac{3}{4}} as 3/4 of 8 is 6", None),
        (r"thus \boxed{12}", "12"),
        ("#### 1\nwait\n#### 2", "2"),
        ("The answer is 3. No: #### 4", "4"),
        ("She needs 5 more dollars", "5"),
        ("#### 18 or 20", None),
        ("nothing", None),
        ("", None),
        ("\u221212", "-12"),
    ],
)
def test_the_number_a_reply_commits_to(reply, answer):
    assert final_answer(reply, "number") == answer


def test_a_reply_cut_off_has_to_mark_its_answer():
    assert final_answer("first 3, then 4", "number") == "4"
    assert final_answer("first 3, then 4", "number", cut=True) is None
    assert final_answer("#### 4\nand so", "number", cut=True) == "4"


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("B", "B"),
        ("(C)", "C"),
        ("Because of A, the answer is (D).", "D"),
        ("The answer is A or B.", None),
        ("A is wrong.\nB is wrong.", None),
        ("I think so", None),
    ],
)
def test_the_choice_a_reply_commits_to(reply, answer):
    assert final_answer(reply, "choice") == answer


def test_an_exact_answer_is_marked_or_the_only_line():
    assert final_answer("Paris", "exact") == "Paris"
    assert final_answer("Well.\nThe answer is Paris.", "exact") == "Paris"
    assert final_answer("It may be Paris.\nOr Rome.", "exact") is None


def test_the_last_box_counts_and_its_braces_balance():
    assert boxed(r"\boxed{1} and \boxed{\frac{1}{2}}") == r"\frac{1}{2}"
    assert boxed(r"\boxed{never closed") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,000", 1000),
        ("$2.50", Fraction(5, 2)),
        ("3/4", Fraction(3, 4)),
        ("-1e3", -1000),
        ("1,00", None),
        ("1 2", None),
        ("", None),
        ("\u0663", None),
        ("1/0", None),
    ],
)
def test_numbers_are_read_exactly(text, value):
    assert number(text) == value


def test_hostile_numbers_cost_nothing():
    assert numbers("1e999999999") == []
    assert numbers("9" * 5000) == []


def test_the_key_standing_somewhere_in_the_answer_earns_nothing():
    assert equal("Paris", "Paris", "exact")
    assert equal("Paris", " paris ", "exact")
    assert not equal("Paris", "Paris or Rome", "exact")
    assert not equal("18", "118", "number")
    assert equal("18", "$18.00", "number")
    assert equal("A", "A", "choice")
    assert not equal("A", "B", "choice")
