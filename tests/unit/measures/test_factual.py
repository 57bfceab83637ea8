"""F1@K against the published formula's values."""

import pytest

from superalign.measures.factual import f1_at_k


@pytest.mark.parametrize(
    ("supported", "not_supported", "k", "value"),
    [
        (32, 8, 64, 0.6154),
        (64, 16, 64, 0.8889),
        (100, 25, 64, 0.8889),
        (100, 25, 178, 0.6601),
        (10, 0, 64, 0.2703),
        (0, 5, 64, 0.0),
        (0, 0, 64, 0.0),
    ],
)
def test_known_values(supported, not_supported, k, value):
    assert f1_at_k(supported, not_supported, k) == pytest.approx(value, abs=5e-5)


def test_minus_one_is_the_default_of_old_result_files():
    assert f1_at_k(50, 10, -1) == f1_at_k(50, 10, 100)


@pytest.mark.parametrize("counts", [(-1, 0, 64), (0, -1, 64), (1, 1, 0), (1, 1, -2)])
def test_counts_below_zero_and_no_facts_wanted_are_refused(counts):
    with pytest.raises(ValueError, match="F1@"):
        f1_at_k(*counts)
