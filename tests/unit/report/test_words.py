import pytest
from summaries import START, arm, chains_summary, hard

from superalign import stats
from superalign.errors import BadInput
from superalign.report import words
from superalign.report.records import Rate


def ended(start: int, end: int, n: int = 1200, **changes):
    levels = {"start": stats.rate(start, n), "end": stats.rate(end, n)}
    return words.sentence(chains_summary() | {"hard_levels": levels} | changes)


def test_a_climb_is_told_beside_no_critic_and_a_perfect_one():
    said = words.sentence(chains_summary())
    assert said == (
        "On problems harder than any that people labelled (levels 5 to 8) the learner rose from "
        "35% to 79% with every step right, using 3,600 human labels, none above level 3; "
        "finetuned on the approved solutions alone it reached 65%, without a critic it reached 40% "
        "and with a perfect critic it reached 85%."
    )


def test_a_change_within_the_noise_is_no_success():
    said = ended(420, 445)
    assert said.startswith("The loop did not help")
    assert "from 35% to 37%" in said
    assert "within the noise" in said


def test_a_fall_is_called_harm():
    assert ended(420, 340).startswith("The loop did harm")


def test_rounds_that_all_failed_their_gate_are_told():
    rounds = [{"round": 1, "promoted": False, "reasons": ["level 1 fell"]}]
    assert "no round passed its gate" in ended(420, 420, rounds=rounds)
    assert "no round passed its gate" not in ended(420, 420, rounds=[])


def test_labels_on_hard_levels_forbid_the_words_harder_than_labelled():
    labels = {"total": 30, "by_level": {"1": 10, "6": 20}}
    said = ended(420, 900, human_labels=labels)
    assert "harder than any" not in said
    assert "none above level 6" in said


def test_nothing_measured_says_nothing():
    assert "Nothing can be said" in ended(0, 0, 0)


def test_a_summary_without_levels_is_bad_input():
    with pytest.raises(BadInput, match="summary: hard_levels: is missing"):
        words.sentence({k: v for k, v in chains_summary().items() if k != "hard_levels"})


def test_a_missing_arm_is_left_out_of_the_sentence():
    said = words.sentence(chains_summary() | {"baselines": {"oracle": arm(START)}})
    assert "without a critic" not in said
    assert f"with a perfect critic it reached {100 * hard(START)['rate']:.0f}%" in said


@pytest.mark.parametrize(
    ("share", "said"),
    [(None, "not measured"), (0, "0%"), (0.001, "<1%"), (0.5, "50%"), (0.997, ">99%"), (1, "100%")],
)
def test_only_exact_ends_are_called_none_or_all(share, said):
    assert words.percent(share) == said


def test_a_rate_is_never_shown_without_its_n_and_interval():
    assert words.full(Rate(**stats.rate(3, 50))) == "6% (2 to 16; n 50)"
    assert words.full(Rate(**stats.rate(0, 0))) == "not measured"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "not measured"), (8.4, "8 s"), (431, "7 min 11 s"), (7260, "2 h 1 min")],
)
def test_durations_are_said_as_people_say_them(seconds, said):
    assert words.duration(seconds) == said
