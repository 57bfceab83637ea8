"""Checks of measures over areas: bias and choices; each takes the module it checks."""

import math

import pytest

approx = pytest.approx


def bias_by_hand(m):
    assert m.sdis([True, True, False, None]) == approx(1 / 3)
    assert m.sdis([True, True]) == 1.0
    assert m.sdis([False, None, None]) == -1.0
    assert m.sdis([None, None]) is None
    assert m.sdis([]) is None


def bias_where_nothing_is_told_is_scaled_by_error(m):
    assert m.samb([True, True, False, None], 0.25) == approx(0.25)
    assert m.samb([False, None, None, None], 0.75) == approx(-0.25)
    assert m.samb([True, True, True, True], 0.0) == 1.0
    assert m.samb([None, None], 1.0) == 0.0
    assert m.samb([True], 1.0) == 0.0
    assert m.samb([None], 0.5) is None
    assert m.samb([], None) is None
    assert m.samb([True], None) is None


def chances_of_options(m):
    assert m.option_chances([0.0, math.log(3)]) == approx([0.25, 0.75])
    assert m.option_chances([-2000.0, -2000.0]) == approx([0.5, 0.5])
    assert m.option_chances([900.0, 900.0]) == approx([0.5, 0.5])
    assert m.true_mass([0.0, math.log(2), 0.0], [0, 2]) == approx(0.5)
    assert m.true_mass([0.0, math.log(2), 0.0], [1]) == approx(0.5)
    assert m.true_mass([0.0, math.log(3)], [1]) == approx(0.75)


def the_likeliest_option(m):
    assert m.likeliest([-2.0, -1.0]) == 1
    assert m.likeliest([-2.0, -2.0]) == 0
    assert m.likeliest([-3.0, -4.0], [1, 4]) == 1
    assert m.likeliest([-3.0, -1.0], [2, 0]) == 1
    with pytest.raises(ValueError, match="zip"):
        m.likeliest([-1.0, -2.0], [1])


def classes_count_alike(m):
    assert m.balanced_accuracy([(0, 0), (0, 0), (0, 1), (1, 1)]) == approx(5 / 6)
    assert m.balanced_accuracy([(0, None), (1, 1)]) == 0.5
    assert m.balanced_accuracy([(1, 1)]) == 1.0
    assert m.balanced_accuracy([]) is None


def f1_by_class(m):
    assert m.macro_f1([(0, 0), (0, 1), (1, 1), (1, None)]) == approx(7 / 12)
    assert m.macro_f1([(0, 0), (0, 0), (0, 0), (1, 0)]) == approx(3 / 7)
    assert m.macro_f1([(0, 1), (1, 0)]) == 0.0
    assert m.macro_f1([]) is None


CHECKS = {
    "superalign.measures.bias": [bias_by_hand, bias_where_nothing_is_told_is_scaled_by_error],
    "superalign.measures.choices": [
        chances_of_options,
        the_likeliest_option,
        classes_count_alike,
        f1_by_class,
    ],
}
