"""The examples of the spec for every grader, and hostile text."""

import time

import pytest

from superalign.problems import equations
from superalign.problems.answers import MODES, equal, final_answer
from superalign.problems.forms import benchmark_form, elements, plain_form
from superalign.problems.graders import GRADERS

BOTH, ALGEBRA, VERIFIED = {"easy-to-hard", "prm800k", "math"}, {"prm800k", "math"}, {"math"}
TABLE = [
    ("0.5", r"\frac12", BOTH),
    ("1/4", r"\frac14", BOTH),
    ("3.0", "3", BOTH),
    ("1,000", "1000", BOTH),
    ("(1,2)", "(1, 2)", BOTH),
    (r"5\text{ cm}", "5", BOTH),
    ("x=5", "5", BOTH),
    ("Yes", "yes", BOTH),
    ("10%", "10", BOTH),
    ("007", "7", BOTH),
    (r"90^\circ", "90", BOTH),
    ("0.25", "1/4", ALGEBRA),
    ("2/4", "1/2", VERIFIED),
    ("x+1", "1+x", ALGEBRA),
    (r"\sqrt{12}", r"2\sqrt3", ALGEBRA),
    ("{1,2}", "{2,1}", VERIFIED),
    ("3 1/2", "7/2", {"prm800k"}),
    ("10^2", "100", VERIFIED),
    ("[0,1]", "(0,1)", set()),
    ("(1,2)", "(2,1)", set()),
    ("5", "6", set()),
    ("-3", "3", set()),
    (r"(\frac{1}{2}, 0.25)", "(0.5,1/4)", ALGEBRA),
    (r"\frac{x+1}{2}", "x+1/2", set()),
    (r"\frac{x+1}{2}", "(x+1)/2", BOTH),
    ("", "0", set()),
    ("(6)", "6", {"prm800k", "math"}),
    ("(x+1)", "1+x", ALGEBRA),
    ("(6", "6", set()),
    ("(1,2)", "(1,2,3)", set()),
    ("1/3", "0.333333333", {"math"}),
]


def named(x):
    return " ".join(sorted(x)) if isinstance(x, set) else x


@pytest.mark.parametrize("mode", ["easy-to-hard", "prm800k", "math"])
@pytest.mark.parametrize(("one", "other", "graders"), TABLE, ids=named)
def test_what_each_grader_calls_the_same(one, other, graders, mode):
    assert equal(one, other, mode) is (mode in graders)
    assert equal(other, one, mode) is (mode in graders)


@pytest.mark.parametrize("text", [pair for *pair, _ in TABLE for pair in pair])
def test_every_answer_is_its_own_equal(text):
    assert all(equal(text, text, mode) is True for mode in MODES)


def test_every_mode_has_a_grader():
    assert set(GRADERS) == set(MODES)


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        (r"\left( 3, \frac{\pi}{2} \right)", r"(3,\frac{\pi}{2})"),
        (r"\text{even}", "even"),
        (r"\text{6\sqrt{2}}", r"6\sqrt{2}"),
        (r"\dfrac34", r"\frac{3}{4}"),
        (r"\tfrac3{40}", r"\frac{3}{40}"),
        (r"\sqrt2", r"\sqrt{2}"),
        (r"\sqrt[3]{2}", r"\sqrt[3]{2}"),
        ("k = 7", "7"),
        ("area = 7", "area=7"),
        ("x=y=7", "x=y=7"),
        (".5", r"\frac{1}{2}"),
        ("x .5", "x0.5"),
        ("3/04", "3/04"),
        (r"12\text{ apples}", "12"),
        (r"5\%", "5"),
        ("", ""),
    ],
)
def test_the_form_of_the_benchmark(answer, form):
    assert benchmark_form(answer) == form


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        (r"\frac{\sqrt{3}}{2}", "sqrt(3)/2"),
        (r"1\frac{1}{2}", "1+1/2"),
        (r"2\pi", "2pi"),
        (r"\text{6\sqrt{2}}", "6sqrt(2)"),
        (r"\text{Monday}", "mon"),  # units go wherever they stand, as they do there
        ("7 miles^2", "7"),
        (r"x=1 \text{ or } x=2", "x=1,x=2"),
        ("1 and 2", "1,2"),
        ("2 million", "2*10^6"),
        (r"10,\! 000", "10000"),
        ("1,000,000", "1000000"),
        ("(1,000)", "(1,000)"),
        ("- 4", "-4"),
        ("-0", "0"),
        (r"(-\infty, 2]", "(-inf,2]"),
        (r"\$5.00", "5"),
    ],
)
def test_the_form_of_prm800k(answer, form):
    assert plain_form(answer) == form


def test_brackets_belong_to_what_they_list():
    assert elements("(1,000,x)") == ("(", "1000", "x", ")")
    assert elements("1,x") == ("1,x",)
    assert elements("(x+1]") == ("x+1",)
    assert elements("()") == ("()",)
    assert elements("") == ("",)
    assert elements("(1,(2,3))") == ("(1,(2,3))",)


def test_what_is_too_long_is_its_own_form():
    text = "x=" + "1" * 2000
    assert benchmark_form(f" {text} ") == plain_form(f" {text} ") == text


HOSTILE = [
    *(c * 1999 for c in "\\{}^ ,(/-$.0a"),
    *(c * n for c, n in ((r"\frac{", 333), (r"\sqrt", 399), ("1,000", 399), ("^ ", 999))),
    r"\frac{1}{2}" * 180,
    "second" * 333,
    "__import__('os').system('touch pwned')",
    "(" * 900 + ")" * 900,
    "1" * 100_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: t[:12])
def test_hostile_text_costs_little_and_runs_nothing(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(equations, "cancels", lambda gold, said: None)  # it has tests of its own
    begin = time.process_time()
    assert GRADERS["easy-to-hard"].equal("1", text) is False
    assert time.process_time() - begin < 1, "a rule is not linear"
    assert GRADERS["prm800k"].equal("x", text) in (False, None)
    assert not list(tmp_path.iterdir())


def test_algebra_is_not_tried_where_it_may_not_end(monkeypatch):
    monkeypatch.setattr(equations, "cancels", None)
    for power in ("9^{9^{9}}", "2^10", "x^9^9", "9^(9)"):
        assert equal("x", power, "prm800k") is False
    assert equal("abc", "bca", "prm800k") is False


def test_algebra_is_of_expressions_only():
    assert equations.cancels("x+1", "1+x") is True
    assert equations.cancels("x+1", "x") is False
    assert equations.cancels("(1,2)", "(1,2)") is False
    assert equations.cancels("", "0") is False


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\frac12", "0.5"), ("x+1", "1+x"), ("(1,2)", "(1, 2)"), (r"\{1,2\}", r"\{2,1\}"),
        ("1,2", r"\{1,2\}"), ("(x+1)^2", "x^2+2x+1"), ("2i+3", "3+2i"),
        (r"\frac{\pi}{2}", r".5\pi"),
        (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", r"\begin{pmatrix} 2/2 \\ 2 \end{pmatrix}"),
    ],
)  # fmt: skip
def test_equal_expressions_have_one_value(one, other):
    left, right = equations.value(one), equations.value(other)
    assert left == pytest.approx(right, rel=1e-9)
    assert left != pytest.approx(equations.value("7.25"), rel=1e-3)


def test_letters_and_signs_tell_values_apart():
    texts = ["x", "y", "-x", "x^2", "2", "-2", "i", "(1,2)", "(1,3)", "[-1,2]", "(0,3)"]
    values = [equations.value(t) for t in texts]
    assert len({(round(v.real, 6), round(v.imag, 6)) for v in values}) == len(texts)


@pytest.mark.parametrize(
    "text",
    ["", "x=5", r"\text{Evelyn}", r"\text{4}", r"10\%", r"(1,2)\cup(3,4)", "x<2",
     "1" * 2001],
)  # fmt: skip
def test_what_may_be_read_in_two_ways_has_no_value(text):
    assert equations.value(text) is None


def test_an_answer_stands_below_its_heading():
    reply = "# Solution\n\n2+2=4\n\n# Answer\n\n4"
    assert final_answer(reply, "prm800k") == final_answer(reply, "number") == "4"
    assert final_answer("so it is 5 cm", "prm800k") == "5"
    assert final_answer("# Answer\n\nx+1\n", "math", cut=True) == "x+1"
