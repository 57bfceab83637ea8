"""Checks of calibration and routing in `superalign.oversight`; each takes the module."""

import random

import numpy as np
import pytest

approx = pytest.approx


def made(n, seed, slope=1.0, offset=0.0):
    """Return n scores, and labels whose log-odds are slope * logit(score) + offset."""
    rng = np.random.default_rng(seed)
    scores = rng.uniform(0.02, 0.98, n)
    logits = slope * np.log(scores / (1 - scores)) + offset
    return scores.tolist(), (rng.random(n) < 1 / (1 + np.exp(-logits))).tolist()


def calibration_is_chosen_by_sample_size(m):
    kinds = [type(m.fit(*made(n, 3))).__name__ for n in (9, 10, 29, 30, 199, 200)]
    assert kinds == ["Platt", "Temperature", "Temperature", "Platt", "Platt", "Isotonic"]
    assert m.fit(*made(9, 3)) == m.Platt()
    assert m.fit([0.4] * 500, [True] * 500) == m.Platt()
    assert m.fit(*made(100, 1)).labels == 100
    with pytest.raises(ValueError, match="2 scores and 1"):
        m.fit([0.1, 0.2], [True])


def a_temperature_is_recovered(m):
    found = m.fit_temperature(*made(20_000, 0, slope=0.5))
    assert found.temperature == approx(2.0, rel=0.08)
    assert found.labels == 20_000
    odds = (0.8 / 0.2) ** (1 / 2.0)
    assert m.Temperature(2.0)([0.8]) == approx([odds / (1 + odds)])
    sure = m.fit_temperature([0.9] * 12, [True] * 12).temperature
    assert 0.1 < sure < 1.0


def a_line_is_recovered(m):
    found = m.fit_platt(*made(20_000, 0, slope=0.5, offset=0.7))
    assert (found.slope, found.offset) == (approx(0.5, abs=0.05), approx(0.7, abs=0.05))
    assert m.fit_platt(*made(29, 0)) == m.Platt()
    assert m.fit_platt([0.5] * 40, [True] * 40) == m.Platt()
    assert m.Platt(2.0, 0.0)([0.8]) == approx([16 / 17])
    assert m.Platt(1.0, 1.0)([0.5]) == approx([1 / (1 + np.exp(-1))])


def a_curve_is_recovered_and_stays_off_certainty(m):
    rng = np.random.default_rng(0)
    scores = rng.random(20_000)
    labels = rng.random(20_000) < np.where(scores < 0.5, 0.2, 0.9)
    found = m.fit_isotonic(scores.tolist(), labels.tolist())
    assert found([0.25, 0.75]) == approx([0.2, 0.9], abs=0.03)
    clean = m.fit_isotonic([0.1, 0.2, 0.8, 0.9] * 50, [False, False, True, True] * 50)
    assert clean([0.0, 0.15, 0.85, 1.0]) == approx([1 / 202, 1 / 202, 201 / 202, 201 / 202])
    assert clean([0.5]) == approx([0.5])
    assert clean.labels == 200


def small_groups_share_the_pooled_calibration(m):
    (s1, y1), (s2, y2) = made(60, 1, offset=2.0), made(49, 2, offset=-2.0)
    groups = ["a"] * 60 + ["b"] * 49
    found = m.fit_grouped(s1 + s2, y1 + y2, groups)
    assert list(found.own) == ["a"]
    assert found.own["a"] == m.fit(s1, y1)
    assert found.of("b") is found.of("unheard of") is found.pooled
    assert found.pooled == m.fit(s1 + s2, y1 + y2)
    assert found([0.5, 0.5], ["a", "b"]) == [found.of(g)([0.5])[0] for g in "ab"]
    one_class = m.fit_grouped(s1 + [0.5] * 60, y1 + [True] * 60, ["a"] * 60 + ["c"] * 60)
    assert list(one_class.own) == ["a"]


def an_id_names_the_parameters(m):
    ids = {m.Platt(1.0, 0.5).id, m.Platt(1.0, 0.6).id, m.Temperature(1.0).id}
    ids |= {m.Temperature(2.0).id, m.Isotonic(((0.0, 0.1),)).id, m.Isotonic(((0.0, 0.2),)).id}
    ids |= {m.Grouped(m.Platt(), {"a": m.Platt(k)}).id for k in (1.0, 2.0)}
    ids |= {m.Grouped(m.Platt(2.0), {"a": m.Platt()}).id}
    assert len(ids) == 9
    assert m.Temperature(2.0, labels=5).id == m.Temperature(2.0).id
    assert m.Isotonic(((0.0, 0.1),), labels=5).id == m.Isotonic(((0.0, 0.1),)).id


def candidates(m, n, seed=0):
    rng = random.Random(seed)
    return [
        m.Candidate(
            id=f"e{i}",
            uncertainty=rng.random(),
            severity=rng.random(),
            novelty=rng.random(),
            influence=rng.random(),
            cluster=f"k{i % 3}" if i % 10 == 0 else None,
            stratum=f"p{i // 4}",
        )
        for i in range(n)
    ]


def the_budget_is_split_as_stated(m):
    assert m.allot(100, m.SHARES) == {
        "value": 40,
        "audit": 20,
        "cluster": 15,
        "severity": 15,
        "relabel": 10,
    }
    assert [*m.allot(10, m.SHARES).values()] == [4, 2, 2, 1, 1]
    assert m.allot(1, m.SHARES)["audit"] == 1
    assert m.allot(0, m.SHARES)["audit"] == 0
    for budget in range(60):
        assert sum(m.allot(budget, m.SHARES).values()) == budget
    assert m.allot(3, {"value": 1, "audit": 1, "relabel": 1}) == {
        "value": 1,
        "audit": 1,
        "relabel": 1,
    }


def every_purpose_has_its_labels(m):
    found = m.route(candidates(m, 200), 90, seed=1)
    counts = {k: sum(k == r.purpose for r in found) for k in m.SHARES}
    assert (counts["cluster"], counts["severity"], counts["relabel"]) == (15, 15, 0)
    assert counts["value"] + counts["audit"] == 60
    assert counts["audit"] > 5
    assert len({r.id for r in found}) == len(found) == 90
    assert {r.inclusion for r in found if r.purpose in ("cluster", "severity")} == {1.0}


def a_second_look_goes_where_the_critic_is_far_from_the_label_by_known_chances(m):
    said = [m.Candidate(id=f"e{i}", uncertainty=0.9 if i < 4 else 0.1) for i in range(24)]
    seen, stored = dict.fromkeys(range(24), 0), {}
    for seed in range(2000):
        drawn = m.again(said, 4, seed=seed)
        assert [r.purpose for r in drawn] == ["relabel"] * 4
        for r in drawn:
            seen[int(r.id[1:])] += 1
            stored[int(r.id[1:])] = r.inclusion
    expected = [4 * (0.5 / 24 + 0.5 * (0.9 if i < 4 else 0.1) / 5.6) for i in range(24)]
    assert [stored[i] for i in range(24)] == approx(expected)
    assert [seen[i] / 2000 for i in range(24)] == approx(expected, abs=0.04)
    assert {r.id for r in m.again(said, 99, seed=0)} == {c.id for c in said}
    assert m.again([], 4, seed=0) == m.again(said, 0, seed=0) == []
    assert m.again(said, 4, seed=1) == m.again(said[::-1], 4, seed=1)


def an_audit_alone_is_uniform(m):
    found = m.route(candidates(m, 200), 40, seed=1, shares={"audit": 1.0})
    assert len(found) == 40
    assert {(r.purpose, round(r.inclusion, 9)) for r in found} == {("audit", 0.2)}
    pool = [m.Candidate(id=f"e{i}", uncertainty=1.0, stratum=f"p{i % 50}") for i in range(200)]
    found = m.route(pool, 40, seed=1, shares={"audit": 1.0})
    assert len({int(r.id[1:]) % 50 for r in found}) == 40


def the_chance_of_a_drawn_item_is_the_one_that_is_stored(m):
    pool = [m.Candidate(id=f"e{i}", uncertainty=i, stratum=f"p{i // 3}") for i in range(12)]
    shares, seen, stored = {"value": 0.5, "audit": 0.5}, dict.fromkeys(range(12), 0), {}
    for seed in range(2000):
        for r in m.route(pool, 4, seed=seed, shares=shares):
            seen[int(r.id[1:])] += 1
            stored[int(r.id[1:])] = r.inclusion
    expected = [4 * (0.5 / 12 + 0.5 * i / 66) for i in range(12)]
    assert [stored[i] for i in range(12)] == approx(expected)
    assert [seen[i] / 2000 for i in range(12)] == approx(expected, abs=0.04)


def chances_are_capped_at_one_and_sum_to_the_labels(m):
    found = m.inclusion(np.array([8.0, 1.0, 1.0, 1.0, 1.0]), 3)
    assert found.tolist() == approx([1.0, 0.5, 0.5, 0.5, 0.5])
    assert m.inclusion(np.array([1.0, 2.0]), 2).tolist() == [1.0, 1.0]
    assert m.inclusion(np.array([4.0, 4.0, 1.0, 1.0]), 3).tolist() == approx([1, 1, 0.5, 0.5])


def points_fall_where_the_running_sum_says(m):
    chances = np.array([0.5, 0.25, 0.75, 0.5])
    assert m.systematic(chances, 0.0) == [0, 2]
    assert m.systematic(chances, 0.6) == [1, 3]
    assert m.systematic(chances, 0.49) == [0, 2]
    assert m.systematic(np.ones(3), 0.99) == [0, 1, 2]
    assert m.systematic(np.full(4, 0.5), 0.5) == [1, 3]


def the_order_of_candidates_does_not_matter(m):
    pool = candidates(m, 80)
    found = m.route(pool, 30, seed=1)
    assert found == m.route(pool[::-1], 30, seed=1)
    assert {r.id for r in found} != {r.id for r in m.route(pool, 30, seed=2)}
    equal = [m.Candidate(id=f"e{i}", uncertainty=1.0) for i in range(20)]
    assert m.route(equal, 10, seed=1) == m.route(equal[::-1], 10, seed=1)


def a_budget_for_all_labels_all(m):
    found = m.route(candidates(m, 30), 50, seed=0)
    assert {r.id for r in found} == {f"e{i}" for i in range(30)}
    assert {r.inclusion for r in found} == {1.0}
    assert m.route([], 10, seed=0) == []
    assert m.route(candidates(m, 5), 0, seed=0) == []


def every_new_cluster_is_seen_where_the_budget_allows(m):
    pool = [
        m.Candidate(id=f"e{i}", uncertainty=1 + i, cluster=f"k{i // 4}" if i < 20 else None)
        for i in range(100)
    ]
    found = {r.id for r in m.route(pool, 20, seed=0) if r.purpose == "cluster"}
    assert found == {"e3", "e7", "e11", "e15", "e19"}


def the_severest_are_seen(m):
    pool = [
        m.Candidate(id=f"e{i}", uncertainty=1.0, severity=i, influence=1 / (1 + i) ** 2)
        for i in range(50)
    ]
    found = {r.id for r in m.route(pool, 20, seed=0) if r.purpose == "severity"}
    assert found == {"e49", "e48", "e47"}


def value_multiplies(m):
    item = m.Candidate(id="a", uncertainty=0.5, severity=2.0, novelty=0.5, influence=3.0)
    assert item.value == approx(4.5)


CALIBRATION, ROUTING = (f"superalign.oversight.{m}" for m in ("calibration", "routing"))
CHECKS = {
    CALIBRATION: [
        calibration_is_chosen_by_sample_size,
        a_temperature_is_recovered,
        a_line_is_recovered,
        a_curve_is_recovered_and_stays_off_certainty,
        small_groups_share_the_pooled_calibration,
        an_id_names_the_parameters,
    ],
    ROUTING: [
        the_budget_is_split_as_stated,
        every_purpose_has_its_labels,
        a_second_look_goes_where_the_critic_is_far_from_the_label_by_known_chances,
        the_order_of_candidates_does_not_matter,
        a_budget_for_all_labels_all,
        every_new_cluster_is_seen_where_the_budget_allows,
        the_severest_are_seen,
        value_multiplies,
        an_audit_alone_is_uniform,
        the_chance_of_a_drawn_item_is_the_one_that_is_stored,
        chances_are_capped_at_one_and_sum_to_the_labels,
        points_fall_where_the_running_sum_says,
    ],
}
