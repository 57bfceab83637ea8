from concurrent.futures import ThreadPoolExecutor

import pytest

from superalign.problems import equations
from superalign.problems.answers import equal


@pytest.fixture
def comparer():
    comparer = equations.Comparer()
    yield comparer
    comparer.close()


@pytest.mark.parametrize(
    ("gold", "said", "same"),
    [
        (r"\frac{1}{2}", "0.5", True),
        ("x^2+2x+1", "(x+1)^2", True),
        (r"2\sqrt{3}", r"\sqrt{12}", True),
        (r"(3,\frac{\pi}{2})", r"(3,\pi/2)", True),
        ("5", "6", False),
        ("5", "", False),
    ],
)
def test_equal_mathematics_is_recognised_however_it_is_written(gold, said, same):
    assert equal(gold, said, "math") is same


def test_comparisons_from_many_threads_keep_apart(comparer):
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda i: comparer.same(f"{i}+1", str(1 + i - i % 2)), range(16)))
    assert found == [i % 2 == 0 for i in range(16)]


def test_an_expression_that_never_ends_is_undecided_and_the_next_is_not(comparer, monkeypatch):
    assert comparer.same("1", "1.0") is True
    monkeypatch.setattr(equations, "SECONDS", 0.5)
    assert comparer.same("9^{9^{9^{9}}}", "1") is None
    monkeypatch.undo()
    assert comparer.same("1", "1.0") is True


def test_an_expression_as_long_as_a_book_is_not_compared(comparer):
    assert comparer.same("1", "1" * 10_000) is False
