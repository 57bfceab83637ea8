import asyncio
import math

import pytest

from plays import at_level, said, verdict
from superalign.critics.panel import Panel, entropy, uncertainty
from superalign.measures.compare import effective_panel as effective_size
from superalign.measures.compare import error_correlation
from superalign.records import Outcome

EPISODE = said(at_level(1), "x")


class Says:
    """A critic with one thing to say."""

    def __init__(self, name, chance, scores=None):
        self.id, self.chance, self.scores = name, chance, scores or {}

    async def judge(self, episodes):
        passed = Outcome.UNSCORED if self.chance is None else self.chance >= 0.5
        return [verdict(self.id, passed, self.chance, scores=self.scores) for _ in episodes]


def judged(*chances, **settings):
    panel = Panel([Says(str(i), c) for i, c in enumerate(chances)], **settings)
    (found,) = asyncio.run(panel.judge([EPISODE]))
    return found


def test_members_become_one_by_mean_worst_or_mean_less_variance():
    assert judged(0.9, 0.5, 0.7).raw == pytest.approx(0.7)
    assert judged(0.9, 0.5, 0.7, manner="worst").raw == pytest.approx(0.5)
    variance = (0.04 + 0.04) / 3
    assert judged(0.9, 0.5, 0.7, manner="cautious", k=2.0).raw == pytest.approx(0.7 - 2 * variance)


def test_an_unscored_member_is_left_out_and_counted_and_half_a_panel_is_none():
    found = judged(0.9, 0.7, None)
    assert (found.raw, found.samples, found.missing) == (pytest.approx(0.8), 2, 1)
    silent = judged(0.9, None)
    assert (silent.outcome, silent.kind, silent.missing) == (Outcome.UNSCORED, "no_quorum", 1)


def test_scores_are_averaged_over_the_members_that_give_them():
    members = [
        Says("a", 0.9, {"x": 0.8, "y": None}),
        Says("b", 0.9, {"x": 0.4}),
        Says("c", 0.9, {"z": 0.1}),
    ]
    (found,) = asyncio.run(Panel(members).judge([EPISODE]))
    assert found.scores == {"x": pytest.approx(0.6), "y": None, "z": 0.1}


def test_epistemic_uncertainty_is_what_members_disagree_about():
    torn, unsure = uncertainty([0.0, 1.0]), uncertainty([0.5, 0.5])
    assert torn["total"] == pytest.approx(math.log(2)) == unsure["total"]
    assert torn["epistemic"] == pytest.approx(math.log(2))
    assert unsure["epistemic"] == 0.0
    assert entropy(0.0) == entropy(1.0) == 0.0


def test_correlated_members_count_for_less():
    assert effective_size(5, 0.0) == 5
    assert effective_size(5, 1.0) == 1
    assert effective_size(3, 0.5) == pytest.approx(1.5)
    assert effective_size(3, -0.4) == 3
    twins = [[1, 0, 1, 0], [1, 0, 1, 0]]
    assert error_correlation(twins) == pytest.approx(1.0)
    assert error_correlation([[1, 0], [0, 0]]) is None


def test_an_empty_or_doubled_panel_is_refused():
    for members in ([], [Says("a", 0.1), Says("a", 0.2)]):
        with pytest.raises(ValueError, match="members"):
            Panel(members)
