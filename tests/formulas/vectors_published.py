"""Checks of the scores of published evaluations; each takes the module it checks."""

import pytest

from chembench_questions import letters, numeric

approx = pytest.approx


def f1_at_k_has_its_published_values(m):
    known = {
        (32, 8, 64): 0.6154,
        (64, 16, 64): 0.8889,
        (100, 25, 64): 0.8889,
        (100, 25, 178): 0.6601,
        (10, 0, 64): 0.2703,
        (0, 5, 64): 0.0,
        (0, 0, 64): 0.0,
    }
    for counts, value in known.items():
        assert m.f1_at_k(*counts) == approx(value, abs=5e-5), counts
    assert m.f1_at_k(50, 10, -1) == m.f1_at_k(50, 10, 100), "the default of old result files"
    for odd in ((-1, 0, 64), (1, -1, 64), (1, 1, 0), (1, 1, -2)):
        with pytest.raises(ValueError, match="F1@"):
            m.f1_at_k(*odd)


def letters_are_measured_by_hand(m):
    question = letters(right="AB")
    found = m.mark(question, frozenset("ACD"))
    assert found.metrics == {
        "multiple_choice_grade": 1.0,
        "correct_classes": 1.0,
        "incorrect_classes": 2.0,
        "extra_classes": 2.0,
        "missed_classes": 1.0,
        "precision": approx(1 / 3),
        "recall": 0.5,
        "f1": approx(0.4),
        "hamming": 1.5,
    }
    rights = {said: m.mark(question, frozenset(said)).right for said in ("AB", "A", "ABC", "C")}
    assert rights == {"AB": True, "A": False, "ABC": False, "C": False}
    assert m.mark(question, frozenset("C")).metrics["f1"] == 0.0
    half = letters("a", "b").model_copy(update={"scores": (1.0, 0.5)})
    assert m.mark(half, frozenset("AB")).metrics["multiple_choice_grade"] == 1.5
    assert not m.mark(half, frozenset("AB")).right
    assert m.mark(half, frozenset("AE")).metrics["multiple_choice_grade"] == 1.0


def numbers_are_measured_by_hand(m):
    assert m.mark(numeric("1.5"), 1.0).metrics == {"mae": 0.5, "mse": 0.25, "exact_str_match": 0.0}
    assert m.mark(numeric("1.5"), 1.5).metrics["exact_str_match"] == 1.0
    assert m.mark(numeric("1"), 1.0).metrics["exact_str_match"] == 0.0
    for target, said, ours, original in (
        ("5", 5.04, True, True),
        ("5", 5.06, False, False),
        ("-285.8", -284.0, True, False),
        ("-285.8", 285.8, False, False),
        ("0", 0.0, True, False),
        ("0", 0.01, False, False),
    ):
        assert m.mark(numeric(target), said).right is ours, target
        assert m.mark(numeric(target), said, compat=True).right is original, target
    stated = numeric("200", tolerance=0.05)
    assert (m.mark(stated, 209.0).right, m.mark(stated, 211.0).right) == (True, False)
    assert not m.mark(stated, 209.0, compat=True).right


def an_answer_of_the_other_kind_is_refused(m):
    for question, said in ((numeric(), frozenset("A")), (letters(), 1.0)):
        with pytest.raises(TypeError, match="is no answer"):
            m.mark(question, said)


CHECKS = {
    "superalign.measures.factual": [f1_at_k_has_its_published_values],
    "superalign.evals.chembench.scoring": [
        letters_are_measured_by_hand,
        numbers_are_measured_by_hand,
        an_answer_of_the_other_kind_is_refused,
    ],
}
