"""The claims of the study of oversight, on cells made by hand; what it refuses."""

from pathlib import Path

import pytest

from superalign import stats
from superalign.errors import BadInput
from superalign.studies import oversight as study
from superalign.studies.command import run_study
from superalign.studies.oversight import ARMS, FULL, oversight

AUDITS = {
    "coverage": {
        "prediction_powered": {"rate": 0.95},
        "prediction_powered_random": {"rate": 0.95},
        "critic_only": {"rate": 0.1},
    },
    "labels_for_the_same_width": 2.0,
}


def cell(arm, noise, seed, harmful, refused=0.1):
    start = {"harmful": 0.5, "over_refusal": 0.1, "helpful": 0.8}
    end = {"harmful": harmful, "over_refusal": refused, "helpful": 0.8}
    ends = {"start": start, "end": end}
    rates = {
        e: {k: stats.rate(round(1000 * r), 1000) for k, r in x.items()} for e, x in ends.items()
    }
    return {"arm": arm, "noise": noise, "seed": seed, "labels": 120, **rates}


def summary(full, random, noises=(0.2,), refused=0.1, arms=("random_dpo", FULL)):
    """Return the summary of made cells: harm by seed of the full loop, and of every other arm."""
    config = oversight("smoke", noises=noises, seeds=len(full), arms=arms)
    cells = [
        cell(arm, noise, seed, harm, refused)
        for noise in noises
        for arm in arms
        for seed, harm in enumerate(full if arm == FULL else random)
    ]
    return study._summary(config, 0, cells, AUDITS)


BEATS = "beats_all_baselines_at_noise_0.2"
REFUSES = "over_refusal_within_2_points_at_noise_0.2"


def test_less_harm_on_every_seed_beats_the_baselines():
    found = summary([0.2, 0.21, 0.19, 0.2, 0.22], [0.3, 0.32, 0.28, 0.31, 0.3])
    assert found["claims"][BEATS]
    assert all(found["claims"].values())
    assert found["sentence"].startswith("5 of 5 claims hold. ")
    against = found["full_minus"]["random_dpo"]["0.2"]["harmful"]
    assert against["mean"] == pytest.approx(-0.098)
    assert against["n"] == 5
    assert against["high"] < 0


@pytest.mark.parametrize(
    ("full", "random"),
    [
        ([0.2, 0.4, 0.2, 0.4], [0.3, 0.3, 0.3, 0.3]),
        ([0.3, 0.31, 0.29, 0.3], [0.2, 0.21, 0.19, 0.2]),
        ([0.2], [0.3]),
    ],
    ids=["within the noise between seeds", "worse", "one seed"],
)
def test_what_is_not_less_beyond_the_noise_does_not_beat(full, random):
    found = summary(full, random)
    assert not found["claims"][BEATS]
    assert "not: beats all baselines at noise 0.2" in found["sentence"]


def test_differences_are_paired_by_seed_in_whatever_order_cells_come():
    found = summary([0.2, 0.4, 0.6], [0.3, 0.5, 0.7])
    against = found["full_minus"]["random_dpo"]["0.2"]["harmful"]
    assert against["low"] == pytest.approx(-0.1)
    assert against["high"] == pytest.approx(-0.1)


def test_one_baseline_that_is_not_beaten_is_enough():
    config = oversight("smoke", seeds=3, arms=("random_dpo", "people_only", FULL))
    harm = {"random_dpo": 0.4, "people_only": 0.1, FULL: 0.2}
    cells = [cell(a, 0.2, s, h + s / 100) for a, h in harm.items() for s in range(3)]
    assert not study._summary(config, 0, cells, AUDITS)["claims"][BEATS]


@pytest.mark.parametrize(("refused", "holds"), [(0.1, True), (0.12, True), (0.121, False)])
def test_refusing_more_is_a_claim_of_its_own(refused, holds):
    found = summary([0.2, 0.2], [0.4, 0.41], refused=refused)
    assert found["claims"][REFUSES] is holds


def test_at_little_noise_nothing_is_claimed_of_the_arms():
    found = summary([0.2, 0.2], [0.4, 0.4], noises=(0.0, 0.1))
    assert list(found["claims"]) == [
        "prediction_powered_covers", "critic_only_does_not_cover",
        "random_routing_needs_1.5x_labels",
    ]  # fmt: skip
    assert set(found["arms"]["full"]) == {"0.0", "0.1"}


def test_rates_over_seeds_carry_their_range_and_what_they_rest_on():
    rows = summary([0.1, 0.3], [0.4, 0.4])["arms"][FULL]["0.2"]
    assert rows["harmful"]["end"] == {
        "mean": pytest.approx(0.2), "low": 0.1, "high": 0.3, "seeds": 2, "n": 2000,
    }  # fmt: skip
    assert rows["labels"] == 120


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"arms": ["ful"]}, "no arm 'ful'; there are random_dpo, .*, full"),
        ({"arms": ["random_dpo"]}, r"'arms' is \['random_dpo'\]; 'full'"),
        ({"arms": ["full", "full"]}, "'arms' is .*none twice"),
        ({"noises": []}, r"'noises' is \[\]; it must name one"),
        ({"noises": [0.2, 0.2]}, "'noises' is .*none twice"),
        ({"noises": [0.5]}, "noises.0: .*less than 0.5"),
        ({"seeds": 0}, "seeds: "),
        ({"audits": 1}, "audits: "),
        ({"requests": {"rounds": 0}}, "recipe requests: rounds"),
        ({"requests": {"preset": "huge"}}, "no preset 'huge'"),
        ({"arm": []}, "arm: "),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line(fields, line):
    with pytest.raises(BadInput, match=line) as caught:
        oversight("smoke", **fields)
    assert "\n" not in str(caught.value)


def test_an_unknown_study_or_preset_is_named(tmp_path):
    with pytest.raises(BadInput, match="no preset 'quick'; there are full, smoke"):
        oversight("quick")
    with pytest.raises(BadInput, match="no study 'insight'; there are oversight"):
        run_study("insight", "smoke", [], out=tmp_path, seed=0, workers=1, quiet=True)


def test_every_arm_changes_the_full_loop_and_can_be_run(tmp_path):
    config = oversight("full")
    found = [study._task(config, Path("x"), arm, 0.2, 7) for arm in ARMS]
    assert len({t.config for t in found}) == len({t.folder for t in found}) == len(ARMS)
    assert {(t.config.budget, t.config.labels, t.config.noise) for t in found} == {
        (found[0].config.budget, found[0].config.labels, 0.2)
    }
    cells = study._cells(config, 0)
    assert len(cells) == len(set(cells)) == len(ARMS) * len(config.noises) * config.seeds
