"""Ways to turn weak labels into targets, each on answers made by hand."""

import numpy as np
import pytest
from w2s import SIZES, Reciting, task

from superalign.studies.weak_to_strong.lessons import together
from superalign.studies.weak_to_strong.methods import (
    METHODS,
    PREFERENCES,
    Case,
    ceiling,
    supervisor,
    way,
)
from superalign.studies.weak_to_strong.methods.case import crossed
from superalign.studies.weak_to_strong.methods.confidence import margin, surest
from superalign.studies.weak_to_strong.methods.relabelling import combined, temperature, tempered
from superalign.studies.weak_to_strong.run import gold


def chances(*second):
    return np.stack([1 - np.array(second), second], 1)


def case(made=None, between=(), seed=3):
    made = made or task()
    first, second = made.halves(0)
    return Case(
        weak=SIZES[0],
        student=SIZES[2],
        between=between,
        first=first,
        gold=gold(made, first),
        second=second,
        test=made.test,
        groups=made.groups,
        seed=seed,
    )


def ids(problems):
    return [p.id for p in problems]


def played(made, teach):
    """Run a way; return its lesson and every batch of lessons it asked for."""
    asked = []

    def keep(lessons):
        asked.append(list(lessons))
        return teach(lessons)

    (lesson,) = together([made], keep)
    return lesson, [batch for batch in asked if batch]


def recite(lessons):
    return [Reciting.answer(lesson) for lesson in lessons]


def test_a_loss_by_itself_teaches_the_supervisors_chances_as_they_are():
    given = case()
    lesson, asked = played(way("product", given), recite)
    said = Reciting.answer(asked[0][0])[: len(given.second)]
    assert np.array_equal(lesson.targets, said)
    assert (lesson.loss, lesson.size, lesson.weights) == ("product", given.student, None)
    assert ids(lesson.problems) == ids(given.second)


def test_the_surest_half_of_each_class_is_kept():
    said = chances(0.9, 0.6, 0.7, 0.55, 0.45, 0.1)
    assert surest(said).tolist() == [1, 0, 1, 0, 0, 1]
    assert surest(said, 0.25).tolist() == [1, 0, 0, 0, 0, 1]
    assert surest(chances(0.9, 0.8, 0.95, 0.85, 0.45, 0.4)).tolist() == [1, 0, 1, 0, 0, 1]
    assert surest(chances(0.9, 0.8, 0.7)).sum() == 2
    assert margin(said) == pytest.approx([0.8, 0.2, 0.4, 0.1, 0.1, 0.8])


@pytest.mark.parametrize(("name", "rule"), [("confident", surest), ("weighted", margin)])
def test_labels_stay_and_rows_count_by_the_supervisors_confidence(name, rule):
    lesson, _ = played(way(name, case()), recite)
    plain, _ = played(way("xent", case()), recite)
    assert np.array_equal(lesson.targets, plain.targets)
    assert np.array_equal(lesson.weights, rule(plain.targets))


def test_preferences_are_taught_by_dpo_weighted_or_by_a_supervisor_of_their_own_kind():
    given = case()
    plain, (supervisor,) = played(way("xent", given), recite)
    weighted, (same,) = played(way("cwpo", given), recite)
    assert same[0].id == supervisor[0].id
    assert np.array_equal(weighted.targets, plain.targets)
    assert np.array_equal(weighted.weights, margin(plain.targets))
    by_dpo, (other,) = played(way("wdpo", given), recite)
    assert (other[0].loss, other[0].stop, other[0].size) == ("dpo", "end", SIZES[0])
    assert np.array_equal(other[0].targets, given.gold)
    said = Reciting.answer(other[0])[: len(given.second)]
    assert np.array_equal(by_dpo.targets, said)
    assert by_dpo.weights is None
    assert {x.loss for x in (weighted, by_dpo)} == {"dpo"}


def test_supervisor_and_ceiling_are_taught_as_the_method_teaches():
    given, truth = case(), chances(*np.zeros(len(case().second)))
    assert [supervisor(n, given).loss for n in ("xent", "product", "cwpo", "wdpo")] == [
        "xent", "xent", "xent", "dpo",
    ]  # fmt: skip
    assert ceiling("generative", given, truth).generative
    assert not supervisor("generative", given).generative
    assert not ceiling("xent", given, truth).generative
    lesson, (batch,) = played(way("generative", given), recite)
    plain, _ = played(way("xent", given), recite)
    assert (lesson.generative, batch[0].generative) == (True, False)
    assert np.array_equal(lesson.targets, plain.targets)
    assert [ceiling(n, given, truth).loss for n in ("xent", "product", "cwpo", "wdpo")] == [
        "xent", "xent", "dpo", "dpo",
    ]  # fmt: skip
    made = ceiling("wdpo", given, truth)
    assert (ids(made.problems), made.size) == (ids(given.second), given.student)
    assert np.array_equal(made.targets, truth)


def test_stopping_is_by_weak_labels_unless_the_method_says_otherwise():
    stops = {n: played(way(n, case()), recite)[0].stop for n in ("xent", *METHODS)}
    assert stops.pop("no_early_stop") == "end"
    assert stops.pop("early_stop_gold") == "gold"
    assert {stops.pop(n) for n in PREFERENCES} == {"end"}
    assert set(stops.values()) == {"weak"}


def test_bagging_teaches_the_mean_of_supervisors_on_resamples():
    given = case()
    lesson, (batch,) = played(way("bagged", given), recite)
    n = len(given.first)
    assert len(batch) == len({x.seed for x in batch}) == 4
    for member in batch:
        assert member.weights.sum() == n
        assert (member.weights == 0).any()
        assert np.array_equal(member.targets, given.gold)
    said = np.mean([Reciting.answer(x)[: len(given.second)] for x in batch], axis=0)
    assert np.array_equal(lesson.targets, said)


def boost(given, wrong_by_member):
    """Play boosting with members wrong on given places of the first half; label i/10 each."""
    seen = []

    def teach(lessons):
        if not lessons:
            return []
        i, n = len(seen), len(given.second)
        seen.append(lessons[0].weights)
        first = given.gold.copy()
        first[wrong_by_member[i]] = 1 - first[wrong_by_member[i]]
        return [np.concatenate([np.tile(chances(0.1 + 0.2 * i), (n, 1)), first])]

    lesson, _ = played(way("boosted", given), teach)
    return lesson, seen


def test_boosting_weighs_what_was_wrong_and_who_is_rarely_wrong():
    given = case()
    n = len(given.first)
    lesson, weights = boost(given, [[0, 1, 2], [3], [4], [5, 6]])
    assert (weights[0] == 1).all()
    assert weights[1].sum() == pytest.approx(n)
    assert weights[1][0] / weights[1][5] == pytest.approx((n - 3) / 3)
    assert weights[1][:3].sum() == pytest.approx(n / 2)
    errors = [np.average(np.isin(np.arange(n), x), weights=w) for x, w in zip(
        ([0, 1, 2], [3], [4], [5, 6]), weights, strict=True)]  # fmt: skip
    says = np.log((1 - np.clip(errors, 1 / n, 1)) / np.clip(errors, 1 / n, 1))
    expected = np.average([0.1, 0.3, 0.5, 0.7], weights=says)
    assert lesson.targets[:, 1] == pytest.approx(expected)


def test_a_member_no_better_than_a_coin_has_no_say():
    given = case()
    every = list(range(len(given.first)))
    lesson, _ = boost(given, [every, every, [0], every])
    assert lesson.targets[:, 1] == pytest.approx(0.5)
    lesson, _ = boost(given, [every] * 4)
    assert (lesson.targets == 0.5).all()


def test_bootstrapping_goes_up_size_by_size_each_labelling_for_the_next():
    given = case(between=(SIZES[1], "middle"))
    lesson, asked = played(way("bootstrap", given), recite)
    assert [batch[0].size for batch in asked] == [SIZES[0], SIZES[1], "middle"]
    labels = {}
    for member in asked[1]:
        labels |= dict(zip(ids(member.asked), Reciting.answer(member)[:, 1], strict=True))
    for member in asked[2]:
        assert member.targets[:, 1] == pytest.approx([labels[p.id] for p in member.problems])
    last = {}
    for member in asked[2]:
        last |= dict(zip(ids(member.asked), Reciting.answer(member)[:, 1], strict=True))
    assert lesson.targets[:, 1] == pytest.approx([last[p.id] for p in given.second])
    plain, _ = played(way("xent", given), recite)
    short, _ = played(way("bootstrap", case()), recite)
    assert short.id == plain.id


def test_no_model_labels_what_it_or_its_group_was_taught():
    given = case()
    lesson, (batch,) = played(
        crossed(given, "x", given.second, chances(*np.linspace(0, 1, len(given.second))), 3), recite
    )
    assert len(batch) == 3
    for member in batch:
        taught = {given.groups[p.id] for p in member.problems}
        assert not taught & {given.groups[p.id] for p in member.asked}
        assert len(member.problems) + len(member.asked) == len(given.second)
    assert sorted(i for x in batch for i in ids(x.asked)) == sorted(ids(given.second))
    assert len(lesson.targets) == len(given.second)


def test_the_posterior_is_the_product_of_calibrated_weak_and_own_chances():
    assert combined(chances(0.8), chances(0.5)) == pytest.approx(chances(0.8))
    assert combined(chances(0.8), chances(0.2)) == pytest.approx(chances(0.5))
    assert combined(chances(0.8), chances(0.8)) == pytest.approx(chances(16 / 17))
    assert np.isfinite(combined(chances(0.0, 1.0), chances(1.0, 1.0))).all()
    given = case()
    lesson, asked = played(way("posterior", given), recite)
    assert [{x.size for x in batch} for batch in asked] == [{SIZES[0]}, {SIZES[0]}, {SIZES[2]}]
    held, own = (
        np.concatenate([Reciting.answer(x) for x in batch])[
            np.argsort([order[i] for x in batch for i in ids(x.asked)])
        ]
        for batch, order in (
            (asked[1], {p.id: i for i, p in enumerate(given.first)}),
            (asked[2], {p.id: i for i, p in enumerate(given.second)}),
        )
    )
    weak = Reciting.answer(asked[0][0])[: len(given.second)]
    expected = combined(tempered(weak, temperature(held, given.gold)), own)
    assert lesson.targets == pytest.approx(expected)
    assert lesson.weights == pytest.approx(np.abs(2 * expected[:, 1] - 1))


def test_the_temperature_that_was_planted_is_found():
    assert tempered(chances(0.8), 2) == pytest.approx(chances(2 / 3))
    rng = np.random.default_rng(0)
    honest = chances(*rng.uniform(0.05, 0.95, 4000))
    truth = np.eye(2)[(rng.random(4000) < honest[:, 1]).astype(int)]
    assert temperature(tempered(honest, 0.4), truth) == pytest.approx(2.5, rel=0.1)
    assert temperature(honest, truth) == pytest.approx(1, rel=0.1)


def test_a_posterior_swaps_with_the_sides():
    one, other = chances(0.9, 0.3, 0.6), chances(0.4, 0.2, 0.8)
    assert combined(one, other)[:, ::-1] == pytest.approx(combined(one[:, ::-1], other[:, ::-1]))
    assert tempered(one, 3)[:, ::-1] == pytest.approx(tempered(one[:, ::-1], 3))


def test_ways_side_by_side_are_taught_in_as_few_batches_as_the_longest_takes():
    names = ("xent", "posterior", "bootstrap", "bagged")
    calls = []

    def teach(lessons):
        calls.append(len(lessons))
        return recite(lessons)

    found = together([way(n, case(between=(SIZES[1],))) for n in names], teach)
    alone = [played(way(n, case(between=(SIZES[1],))), recite)[0] for n in names]
    assert [x.id for x in found] == [x.id for x in alone]
    assert [n for n in calls if n] == [1 + 1 + 1 + 4, 4 + 2, 4]
