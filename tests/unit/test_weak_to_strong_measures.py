import numpy as np
import pytest

from superalign.measures.weak_to_strong import Compared, misfit, recovered


def chances(said, sure=0.8):
    """Return chances that say each class, this surely."""
    second = np.where(np.array(said) == 1, sure, 1 - sure)
    return np.stack([1 - second, second], 1)


def rights(weak, student, ceiling, n=200):
    """Return who is right on n items: the first so many."""
    return np.array([np.arange(n) < k for k in (weak, student, ceiling)])


TRUTH = np.array([1, 1, 1, 1, 0, 0, 0, 0])
WEAK = chances([1, 1, 1, 0, 1, 1, 0, 0])
STUDENT = chances([1, 1, 0, 1, 1, 0, 0, 0], 0.9)
CEILING = chances([1, 1, 1, 1, 0, 0, 0, 1])


def test_every_measure_on_eight_items_counted_by_hand():
    found = Compared(TRUTH, WEAK, STUDENT, CEILING, range(8)).measured(seed=0)
    rates = {k: found[k]["rate"] for k in ("weak", "student", "ceiling")}
    assert rates == {"weak": 5 / 8, "student": 6 / 8, "ceiling": 7 / 8}
    assert found["gap_recovered"]["value"] == pytest.approx(0.5)
    agreement = {k: (r["rate"], r["n"]) for k, r in found["agreement"].items()}
    assert agreement == {
        "all": (5 / 8, 8), "teacher_right": (4 / 5, 5), "teacher_wrong": (1 / 3, 3),
    }  # fmt: skip
    assert (found["inherited"]["rate"], found["inherited"]["n"]) == (1 / 3, 3)
    assert found["corrected"]["rate"] == pytest.approx(2 / 3)
    assert (found["new_errors"]["rate"], found["new_errors"]["n"]) == (1 / 5, 5)
    assert found["ece"] == pytest.approx(0.9 - 6 / 8)
    assert found["weak_ece"] == pytest.approx(0.8 - 5 / 8)
    assert found["misfit"] == pytest.approx((5 * 0.01 + 3 * 0.49) / 8)


def test_misfit_needs_no_truth_and_is_nothing_for_a_copy():
    assert misfit(WEAK, WEAK) == 0
    assert misfit(chances([1], 1.0), chances([0], 1.0)) == 1


@pytest.mark.parametrize(
    ("counts", "value"),
    [((100, 150, 200), 0.5), ((100, 60, 180), -0.5), ((100, 190, 160), 1.5), ((0, 0, 200), 0)],
)
def test_the_share_of_the_gap_is_never_clipped(counts, value):
    found = recovered(rights(*counts), range(200), seed=0)
    assert found["value"] == pytest.approx(value)
    assert found["low"] <= value <= found["high"]
    assert not found["no_gap"]


@pytest.mark.parametrize("counts", [(150, 160, 150), (150, 100, 90)])
def test_without_a_gap_there_is_no_share_and_a_flag(counts):
    found = recovered(rights(*counts), range(200), seed=0)
    assert found == {"value": None, "low": None, "high": None, "no_gap": True}


def test_a_gap_that_may_be_none_has_a_share_and_no_interval():
    rng = np.random.default_rng(0)
    right = rng.random((3, 200)) < 0.6
    right[2] = right[0]
    right[2, :3] = True
    right[0, :3] = False
    found = recovered(right, range(200), seed=0)
    assert found["value"] is not None
    assert (found["low"], found["high"], found["no_gap"]) == (None, None, False)


def test_items_drawn_together_are_resampled_together():
    rng = np.random.default_rng(1)
    few = rng.random((3, 60)) < np.array([[0.5], [0.7], [0.9]])
    copies = np.repeat(few, 5, axis=1)
    groups = np.repeat(np.arange(60), 5)
    apart = recovered(copies, range(300), seed=0)
    together = recovered(copies, groups.tolist(), seed=0)
    once = recovered(few, range(60), seed=0)
    assert together == pytest.approx(once)
    assert together["high"] - together["low"] > 1.5 * (apart["high"] - apart["low"])


def test_seeds_are_pooled_by_their_mean_accuracy_over_the_same_items():
    one, other = rights(100, 120, 180), rights(100, 160, 180)
    found = recovered(np.stack([one, other], 1), range(200), seed=0)
    assert found["value"] == pytest.approx(0.5)
    again = recovered(np.stack([one, other], 1), range(200), seed=0)
    assert found == again
    assert found != recovered(np.stack([one, other], 1), range(200), seed=1)
