"""A critic under a calibration: what it says changes, what it saw does not."""

import asyncio

import pytest

from plays import at_level, said, verdict
from superalign.critics import Calibratable
from superalign.critics.calibrated import Calibrated
from superalign.oversight.calibration import Platt
from superalign.records import Outcome

DOUBTING = Platt(1.0, -2.0)
"""Takes two off every log-odds."""


class Says:
    """Gives the confidence that a reply states; a reply that states none is unscored."""

    id = "says"

    def __init__(self):
        self.judged = 0

    async def judge(self, episodes):
        self.judged += len(episodes)
        return [self._verdict(e.final.text) for e in episodes]

    def _verdict(self, text):
        if text == "?":
            return verdict("says", Outcome.UNSCORED, kind="unreadable")
        return verdict("says", float(text) >= 0.5, float(text), kind="k", critique="so")


EPISODES = [said(at_level(i), text) for i, text in enumerate(["0.9", "?", "0.6", "0.1"])]


def judge(critic, episodes=EPISODES):
    return asyncio.run(critic.judge(episodes))


def test_without_a_calibration_confidence_is_taken_as_it_is():
    found = judge(Calibrated(Says()))
    assert [v.confidence for v in found] == [v.raw for v in found] == [0.9, None, 0.6, 0.1]
    assert [v.outcome for v in found] == [
        Outcome.PASS, Outcome.UNSCORED, Outcome.PASS, Outcome.FAIL,
    ]  # fmt: skip


def test_a_calibration_moves_confidence_and_outcome_and_keeps_the_rest():
    found = judge(Calibrated(Says(), DOUBTING))
    assert [v.raw for v in found] == [0.9, None, 0.6, 0.1]
    known = [v.confidence for v in found if v.confidence is not None]
    assert known == pytest.approx(DOUBTING([0.9, 0.6, 0.1]))
    assert [v.outcome for v in found] == [
        Outcome.PASS, Outcome.UNSCORED, Outcome.FAIL, Outcome.FAIL,
    ]  # fmt: skip
    assert (found[0].kind, found[0].critique) == ("k", "so")


def test_the_unscored_stay_unscored_whatever_the_calibration():
    (found,) = judge(Calibrated(Says(), Platt(0.0, 9.0)), EPISODES[1:2])
    assert (found.outcome, found.kind, found.confidence) == (Outcome.UNSCORED, "unreadable", None)
    odd = verdict("says", Outcome.UNSCORED, 0.9)
    (again,) = Calibrated(Says(), DOUBTING).rejudge([EPISODES[0].judged(odd)])
    assert again.verdicts[-1].outcome is Outcome.UNSCORED
    assert again.verdicts[-1].confidence == 0.9


def test_judging_again_asks_nobody_and_equals_having_judged_so_at_once():
    first, critic = Calibrated(Says()), Says()
    second = Calibrated(critic, DOUBTING)
    before = [e.judged(v) for e, v in zip(EPISODES, judge(first), strict=True)]
    after = second.rejudge(before)
    assert critic.judged == 0
    assert [e.verdicts for e in after] == [(v,) for v in judge(second)]
    back = Calibrated(Says()).rejudge(after)
    assert [e.verdicts for e in back] == [e.verdicts for e in before]


def test_another_calibration_threshold_or_critic_is_another_critic():
    first = Calibrated(Says())
    names = {
        first.id,
        first.calibrated(DOUBTING).id,
        first.calibrated(Platt(1.0, -1.0)).id,
        Calibrated(Says(), threshold=0.6).id,
    }
    assert len(names) == 4
    assert {v.critic for v in judge(first)} == {first.id}
    assert first.calibrated(DOUBTING).threshold == first.threshold


def test_the_loop_can_calibrate_it_and_no_bare_critic():
    assert isinstance(Calibrated(Says()), Calibratable)
    assert not isinstance(Says(), Calibratable)
