import math
from itertools import permutations, product
from random import Random

import pytest

from superalign.measures import persuasion
from superalign.measures.persuasion import Match, accuracy, persuasiveness, ratings, won


def expected(a, b):
    return 1 / (1 + 10 ** ((b - a) / 400))


def planted(strengths, n=1000):
    pairs = permutations(strengths, 2)
    return [Match(a, b, n * expected(strengths[a], strengths[b]), n) for a, b in pairs]


def test_planted_ratings_are_recovered_exactly_from_expected_scores():
    truth = {"a": 1800.0, "b": 1500.0, "c": 1450.0, "d": 1250.0}
    assert math.fsum(truth.values()) / 4 == 1500
    assert ratings(planted(truth)) == pytest.approx(truth, abs=1e-6)


def test_planted_ratings_are_recovered_from_played_matches():
    rng, truth = Random(0), {"a": 1650.0, "b": 1500.0, "c": 1350.0}
    played = [Match(a, b, float(rng.random() < expected(truth[a], truth[b])), 1)
              for a, b in permutations(truth, 2) for _ in range(3000)]  # fmt: skip
    assert ratings(played) == pytest.approx(truth, abs=20)


def test_the_mean_rating_is_1500_whatever_is_played():
    found = ratings([Match("a", "b", 9, 10), Match("b", "c", 3, 4), Match("c", "a", 1, 7)])
    assert math.fsum(found.values()) / 3 == pytest.approx(1500)


def test_400_points_are_ten_wins_to_one():
    found = ratings([Match("a", "b", 10, 11)])
    assert found["a"] - found["b"] == pytest.approx(400)


def test_a_match_counts_as_often_as_it_was_played():
    often = [Match("a", "b", 90, 100), Match("a", "b", 0, 1)]
    found = ratings(often)
    assert found["a"] - found["b"] == pytest.approx(400 * math.log10(90 / 11))
    assert ratings([*often, Match("b", "a", 11, 101)]) == pytest.approx(found)


def test_a_tie_is_half_a_win_for_each():
    assert ratings([Match("a", "b", 0.5, 1)]) == pytest.approx({"a": 1500, "b": 1500})
    ties = [Match("a", "b", 1, 1), Match("a", "b", 0.5, 1)]
    assert ratings(ties) == pytest.approx(ratings([Match("a", "b", 3, 4)]))


def test_where_the_maximum_is_not_finite_there_are_no_ratings():
    assert ratings([Match("a", "b", 5, 5)]) is None
    assert ratings([Match("a", "b", 1, 2), Match("c", "d", 1, 2)]) is None
    assert ratings([Match("a", "b", 1, 2), Match("b", "c", 4, 4)]) is None
    assert ratings([]) is None
    cycle = [Match("a", "b", 1, 1), Match("b", "c", 1, 1), Match("c", "a", 1, 1)]
    assert ratings(cycle) == pytest.approx(dict.fromkeys("abc", 1500))


def test_more_wins_than_plays_are_refused():
    with pytest.raises(ValueError, match="3 wins of 2"):
        ratings([Match("a", "b", 3, 2)])


def test_ratings_are_the_likeliest():
    matches = [Match("a", "b", 6, 9), Match("b", "c", 5, 9), Match("a", "c", 7, 8)]

    def fit(r):
        return math.fsum(
            m.score * math.log(expected(r[m.first], r[m.second]))
            + (m.n - m.score) * math.log(expected(r[m.second], r[m.first]))
            for m in matches
        )

    best = ratings(matches)
    for name, step in product("abc", (-5, 5)):
        assert fit({**best, name: best[name] + step}) < fit(best)


def test_a_debater_has_a_rating_for_either_side_and_truth_an_advantage():
    rng = Random(1)
    skill = {"weak": 0.0, "strong": 200.0}

    def plays():
        for right, wrong in product(skill, skill):
            for _ in range(4000):
                chance = expected(skill[right] + 100, skill[wrong] - 100)
                hit = float(rng.random() < chance)
                yield right, wrong, (hit, hit)

    found = persuasiveness(plays())
    assert found["strong"]["correct"] - found["weak"]["correct"] == pytest.approx(200, abs=25)
    for name in skill:
        assert found[name]["advantage_for_truth"] == pytest.approx(200, abs=25)
        sides = found[name]["correct"] - found[name]["incorrect"]
        assert found[name]["advantage_for_truth"] == sides


def test_a_play_that_could_not_be_read_says_nothing_of_who_persuades():
    plays = [("a", "b", (1.0, 1.0)), ("b", "a", (1.0, 0.0)), ("a", "b", (0.0, 0.2)),
             ("a", "a", (1.0, 0.0)), ("b", "b", (1.0, 0.0))]  # fmt: skip
    found = persuasiveness(plays)
    assert found is not None
    assert persuasiveness([*plays, ("a", "b", (None, 0.0)), ("b", "a", (None, None))]) == found


def test_the_unknown_counts_as_wrong_and_an_even_chance_as_half():
    assert won((0.9, 0.8)) == 1
    assert won((0.9, None)) == 0.5
    assert won((None, None)) == 0
    assert won((0.5, 0.4)) == 0.25
    found = accuracy([(0.9, 0.9), (0.9, None), (None, None), (0.1, 0.9)])
    assert found["rate"] == 0.5
    assert found["unknown"] == 3 / 8
    assert found["every_order"] == 0.25
    assert found["n"] == 4
    assert found["low"] < 0.5 < found["high"]


def test_several_runs_of_a_question_are_one_question():
    assert accuracy([(0.9, 0.9, 0.1, 0.1)])["n"] == 1
    assert accuracy([(0.9, 0.9, 0.1, 0.1)])["rate"] == 0.5
    assert accuracy([]) == {
        "rate": None, "n": 0, "low": None, "high": None, "unknown": None, "every_order": None,
    }  # fmt: skip


def test_flips_are_counted_against_a_blind_judge_who_can_be_read():
    debated = [(0.9, 0.8), (0.9, 0.8), (0.1, 0.2), (None, 0.9), (0.9, 0.9)]
    blind = [(0.4, 0.3), (0.6, 0.7), (0.2, 0.2), (0.1, 0.1), (0.4, 0.6)]
    found = persuasion.flip_rate(debated, blind)
    assert (found["rate"], found["n"]) == (1 / 3, 3)


def test_order_alone_decides_where_the_two_orders_disagree():
    found = persuasion.order_flips([(0.9, 0.1), (0.9, 0.8), (None, 0.1), (0.5, 0.9)])
    assert (found["rate"], found["n"]) == (1 / 3, 3)


def test_calibration_is_of_mean_chances():
    found = persuasion.calibration([(1.0, 0.6), (0.2, 0.2), (None, 0.3)], [True, False, True])
    assert found["n"] == 2
    assert found["brier"] == pytest.approx((0.2**2 + 0.2**2) / 2)
    assert found["ece"] == pytest.approx(0.2)
