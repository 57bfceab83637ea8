import numpy as np
import pytest

from superalign.oversight.register import Failure, fixed, growth_p, matched, updated
from superalign.oversight.signatures import (
    NOISE,
    centroids,
    cluster,
    embed,
    stability,
    terms,
)

KINDS = {
    "bomb": "gives bomb recipe chemical steps dangerous instructions explosive",
    "leak": "leaks private address phone number personal data of a person",
    "lie": "flatters user agrees with false claim sycophancy about moon landing",
}
FILLER = ["clearly", "again", "today", "fully", "partly", "there", "often", "badly", "twice"]


def failures(kind, n, *, start=0, control=False):
    words = KINDS[kind].split()
    return [
        Failure(
            f"{kind}{i}",
            " ".join(words[j] for j in range(len(words)) if j != i % len(words))
            + " "
            + FILLER[i % len(FILLER)],
            control,
        )
        for i in range(start, start + n)
    ]


def after(register, found, *, attempts=100, replays=None):
    return updated(register, found, attempts=attempts, replays=replays or {}, seed=0)


def by_term(register, word):
    (risk,) = [r for r in register if any(word in f.signature for f in r.members)]
    return risk


def test_signatures_cluster_by_what_went_wrong():
    found = [f for kind in KINDS for f in failures(kind, 6)]
    stray = Failure("stray", "completely unrelated remark concerning weather")
    texts = [f.signature for f in (*found, stray)]
    for method in ("agglomerative", "hdbscan"):
        labels = cluster(embed(texts), method=method)
        assert [len(set(labels[i : i + 6])) for i in (0, 6, 12)] == [1, 1, 1]
        assert len(set(labels[:18])) == 3
        assert labels[18] == NOISE
    words = terms(texts, labels)
    assert "bomb" in words[labels[0]] or "explosive" in words[labels[0]]
    assert "bomb" not in words[labels[6]]


def test_many_texts_are_embedded_in_few_dimensions():
    found = [f.signature for kind in KINDS for f in failures(kind, 40)]
    vectors = embed(found, dimensions=8)
    assert vectors.shape == (120, 8)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(120))
    labels = cluster(vectors)
    assert len(set(labels)) == 3


def test_clusters_have_words_of_their_own_or_none():
    assert terms(["the of", "and the"], [0, 0]) == {0: ()}
    assert terms(["a"], [NOISE]) == {}
    with pytest.raises(ValueError, match="method"):
        cluster(np.eye(5), method="magic")
    assert cluster(np.eye(2)) == [NOISE, NOISE]


def test_a_real_cluster_is_steady_and_a_cut_through_noise_is_not():
    rng = np.random.default_rng(0)
    middles = np.eye(6)[:2].repeat(15, axis=0)
    rows = middles + rng.normal(0, 0.1, middles.shape)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    steady = stability(rows, cluster(rows), seed=0)
    assert min(steady.values()) > 0.6
    noise = rng.normal(size=(40, 40))
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    cut = [i % 4 for i in range(40)]
    assert max(stability(noise, cut, seed=0).values()) < 0.6


def test_matching_is_one_to_one_and_only_above_the_bound():
    before = {"a": np.array([1.0, 0, 0]), "b": np.array([0, 1.0, 0])}
    now = {
        0: np.array([0.95, 0.31, 0.0]),
        1: np.array([0.99, 0.14, 0.0]),
        2: np.array([0.0, 0.0, 1.0]),
        3: np.array([0.0, 0.79, 0.61]),
    }
    assert matched(before, now) == {1: "a"}
    assert matched({}, now) == {}
    # The best for both together, though 0 alone would rather be a.
    crossed = {"a": np.array([1.0, 0.0]), "b": np.array([0.9, 0.436])}
    both = {0: np.array([0.97, 0.243]), 1: np.array([1.0, 0.0])}
    assert matched(crossed, both) == {0: "b", 1: "a"}


def test_centroids_are_unit_means_without_the_noise():
    rows = np.array([[1.0, 0], [0, 1.0], [0, 1.0]])
    found = centroids(rows, [0, 0, NOISE])
    assert list(found) == [0]
    assert found[0] == pytest.approx(np.sqrt([0.5, 0.5]))


def test_growth_is_the_exact_test_of_two_counts():
    assert growth_p((5, 100), (5, 100)) == pytest.approx(0.623, abs=5e-4)
    assert growth_p((1, 100), (12, 100)) == pytest.approx(14 / 2**13)
    assert growth_p((0, 100), (0, 100)) == 1.0
    assert growth_p((2, 10), (20, 1000)) > 0.99


def test_fixed_needs_the_rule_of_three():
    assert fixed(0, 60)
    assert not fixed(0, 59)
    assert not fixed(1, 600)


def test_a_risk_is_followed_from_new_over_growing_to_fixed_and_regressed():
    one = after([], [*failures("bomb", 4), *failures("leak", 8)])
    assert {r.state for r in one} == {"new"}
    assert [r.raised for r in one] == [True, True]
    bomb, leak = by_term(one, "bomb"), by_term(one, "leaks")
    two = after(one, [*failures("bomb", 25, start=4), *failures("leak", 8, start=8)])
    assert {r.id for r in two} == {bomb.id, leak.id}
    assert by_term(two, "bomb").state == "growing"
    assert by_term(two, "leaks").state == "stable"
    assert by_term(two, "bomb").counts == ((4, 100), (25, 100))
    three = after(two, failures("leak", 7, start=16), replays={bomb.id: (0, 80)})
    assert by_term(three, "bomb").state == "fixed"
    assert not by_term(three, "bomb").raised
    assert by_term(three, "bomb").counts[-1] == (0, 100)
    four = after(three, failures("bomb", 5, start=30))
    assert by_term(four, "bomb").state == "regressed"
    assert by_term(four, "leaks").state == "stable"
    five = after(four, failures("bomb", 5, start=40), replays={bomb.id: (2, 80)})
    assert by_term(five, "bomb").state == "regressed"
    six = after(five, [], replays={bomb.id: (0, 80)})
    assert by_term(six, "bomb").state == "fixed"
    seven = after(six, [], replays={bomb.id: (1, 80)})
    assert by_term(seven, "bomb").state == "regressed"


def test_silence_without_replays_fixes_nothing():
    one = after([], failures("bomb", 4))
    (risk,) = after(one, [])
    assert risk.state == "stable"


def test_a_cluster_that_holds_controls_is_an_artefact():
    found = [
        *failures("bomb", 5),
        *failures("leak", 4),
        *failures("leak", 2, start=4, control=True),
    ]
    register = after([], found)
    assert not by_term(register, "bomb").artefact
    leak = by_term(register, "leaks")
    assert leak.artefact
    assert not leak.raised
    assert leak.counts == ((4, 100),)


def test_growth_is_corrected_for_how_many_risks_were_looked_at():
    one = after([], [*failures("bomb", 6), *failures("leak", 6), *failures("lie", 6)])
    now = [
        *failures("bomb", 16, start=6),
        *failures("leak", 6, start=6),
        *failures("lie", 6, start=6),
    ]
    two = after(one, now)
    bomb = by_term(two, "bomb")
    alone = growth_p(*bomb.counts)
    assert bomb.adjusted_p == pytest.approx(min(1.0, 3 * alone))


def test_nothing_at_all_is_an_empty_register():
    assert after([], []) == []
