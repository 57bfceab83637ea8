"""Checks of `superalign.measures`; each takes the module it checks."""

import math
import random
from itertools import combinations

import numpy as np
import pytest

approx = pytest.approx
NAN = float("nan")


def diversity_has_its_published_values(m):
    kernel = [[1, 0.9, 0.1], [0.9, 1, 0.1], [0.1, 0.1, 1]]
    assert m.vendi(kernel) == approx(2.147, abs=5e-4)
    assert m.vendi(np.eye(4)) == approx(4.0)
    assert m.vendi(np.ones((4, 4))) == approx(1.0)
    assert m.vendi(np.zeros((0, 0))) is None
    for odd in ([[1, 0.5]], [[1, 0.5], [0.2, 1]], [[1, 0.5], [0.5, 0.9]]):
        with pytest.raises(ValueError, match="similarity"):
            m.vendi(odd)
    assert m.evenness([5, 3, 2]) == approx(0.937, abs=5e-4)
    assert m.simpson([5, 3, 2]) == approx(0.62)
    assert m.evenness([4, 4, 0, 0]) == approx(0.5)
    assert (m.evenness([0, 0]), m.evenness([7]), m.simpson([0])) == (None, None, None)


def bleu_agrees_with_a_sum_by_hand(m):
    a, b = "The cat sat on the mat", "the cat sat down on a mat"
    # 1-grams 5 of 6 ("the" once of two), 2-grams 2 of 5, 3-grams 1 of 4, 4-grams 0 of 3: half one.
    precision = (5 / 6 * 2 / 5 * 1 / 4 * 0.5 / 3) ** 0.25
    assert m.bleu(a, [b]) == approx(math.exp(1 - 7 / 6) * precision)
    assert m.bleu(a, [a, b]) == approx(1.0)
    assert m.bleu(a, ["dog"]) == m.bleu("", [a]) == m.bleu(a, []) == m.bleu(a, [""]) == 0.0
    assert m.bleu("the cat", [a]) == approx(math.exp(1 - 6 / 2))
    # Two orders without a match count a half and a quarter.
    assert m.bleu("a b c", ["b a c"]) == approx((1.0 * 0.5 / 2 * 0.25 / 1) ** (1 / 3))
    # A word counts as often as in the reference that has it most, not in all of them together.
    assert m.bleu("a a", ["a", "a"], 1) == approx(0.5)
    assert m.bleu("a b c d", ["a b x", "a b c d e f g h"], 1) == approx(1.0)
    assert m.bleu("a b x c d", ["a b y c d"]) == approx((4 / 5 * 2 / 4 * 1 / 6 * 1 / 8) ** 0.25)
    assert m.bleu("a b c d", ["a b", "c d"], 1) == 1.0
    assert m.bleu("a b c d", ["a b"], 1) == 0.5


def self_bleu_has_a_fixed_group_size(m):
    same, other = ["one two three four"] * 4, ["a b c d", "e f g h", "i j k l", "m n o p"]
    assert m.self_bleu(same, size=2, seed=0) == approx(1.0)
    assert m.self_bleu(other, size=2, seed=0) == 0.0
    assert m.self_bleu(same[:3], size=4, seed=0) is None
    mixed = [f"one two three {i % 5} {i}" for i in range(21)]
    large, small = (m.self_bleu(mixed, size=k, seed=0) for k in (10, 2))
    assert large > small
    assert small == m.self_bleu(mixed[::-1], size=2, seed=0)
    assert small != m.self_bleu(mixed, size=2, seed=1)


def ngrams_and_vectors_spread(m):
    assert m.words("It's A-1!") == ["it", "'", "s", "a", "-", "1", "!"]
    assert m.distinct_n(["a b a b", "a b"], 2) == approx(2 / 4)
    assert m.distinct_n(["a b a b", "a b"], 1) == approx(2 / 6)
    assert m.distinct_n(["a"], 2) is None
    assert m.spread([[1, 0], [0, 2], [1, 1]]) == approx(1 - 2 * math.sqrt(0.5) / 3)
    assert m.spread([[1, 0]]) is None


def success_at_k_is_the_share_of_subsets_with_a_success(m):
    for n, c, k in ((5, 2, 3), (6, 1, 2), (4, 4, 1), (5, 0, 5), (6, 5, 2)):
        subsets = list(combinations([True] * c + [False] * (n - c), k))
        assert m.success_at(k, n, c) == approx(sum(map(any, subsets)) / len(subsets))
    assert m.success_at(4, 3, 1) is None
    for k, n, c in ((1, 2, 3), (0, 2, 1)):
        with pytest.raises(ValueError, match="tries"):
            m.success_at(k, n, c)
    assert m.asr_at(2, [(4, 1), (4, 0), (1, 1)]) == (approx(0.25), 2)
    assert m.asr_at(2, [(1, 1)]) == (None, 0)


def what_was_seen_once_tells_of_the_unseen(m):
    assert m.unseen_mass([5, 1, 1, 2, 1]) == approx(3 / 10)
    assert m.unseen_mass([0]) is None
    assert m.chao1([5, 1, 1, 2, 1, 0]) == approx(5 + 9 / 2)
    assert m.chao1([3, 1, 1, 1]) == approx(4 + 3 * 2 / 2)
    assert m.chao1([3, 4]) == 2
    assert (m.rule_of_three(300), m.rule_of_three(2), m.rule_of_three(0)) == (0.01, 1.0, 1.0)


def many_tests_are_corrected(m):
    p = [0.01, 0.04, 0.03, 0.005]
    assert m.benjamini_hochberg(p) == approx([0.02, 0.04, 0.04, 0.02])
    assert m.benjamini_hochberg([]) == []


def mcnemar_counts_the_discordant(m):
    before = [True] * 10 + [False] * 10
    after = [True] * 9 + [False] + [True] * 8 + [False] * 2
    assert m.mcnemar(before, after) == approx(2 * (1 + 9) / 2**9)
    assert m.mcnemar(after, before) == approx(2 * (1 + 9) / 2**9)
    assert m.mcnemar(before, before) == 1.0
    assert m.mcnemar([False] * 9, [True] * 5 + [False] * 4) == approx(2 / 2**5)


def resamples_say_which_side_is_ahead(m):
    assert m.paired_bootstrap([0, 0, 0], [1, 1, 1], seed=0, n=50) == 1.0
    assert m.paired_bootstrap([1, 1, 1], [0, 0, 0], seed=0, n=50) == 0.0
    assert m.paired_bootstrap([1, 2], [1, 2], seed=0, n=50) == 0.5
    assert m.paired_bootstrap([0] * 4, [1, 1, -1, -1], seed=0, n=4000) == approx(0.5, abs=0.03)
    # Three of four ahead: P(sum > 0) + P(sum = 0) / 2 over Binomial(4, 3/4).
    want = sum(math.comb(4, k) * 3**k for k in (3, 4)) / 256 + math.comb(4, 2) * 9 / 256 / 2
    found = m.paired_bootstrap([0] * 4, [1, 1, 1, -1], seed=0, n=4000)
    assert found == approx(want, abs=0.03)
    assert m.paired_bootstrap([], [], seed=0) is None
    with pytest.raises(ValueError, match="finite"):
        m.paired_bootstrap([0.0], [float("nan")], seed=0)


def flips_of_sign_tell_a_rise_from_chance(m):
    """Five items that all rise: of 32 patterns of sign one sums as high, so p is about 1/32."""
    five = [0.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]
    assert m.sign_flip(*five, seed=0) == approx(1 / 32, abs=0.012)
    assert m.sign_flip(*five[::-1], seed=0) > 0.99
    assert m.sign_flip([1.0] * 9, [1.0] * 9, seed=0) == 1
    assert m.sign_flip([0.0] * 40, [1.0] * 40, seed=0) == approx(1 / 2000)
    assert m.sign_flip([], [], seed=0) == 1


def a_panel_that_errs_together_is_smaller(m):
    assert m.effective_panel(5, 0.0) == 5
    assert m.effective_panel(5, 1.0) == 1
    assert m.effective_panel(5, 0.25) == 2.5
    assert m.effective_panel(5, -0.5) == 5
    assert m.error_correlation([[1, 0, 1, 0], [1, 0, 1, 0]]) == approx(1.0)
    assert m.error_correlation([[1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 0, 0]]) == approx(-1.0)
    assert m.error_correlation([[1, 0], [0, 0]]) is None
    assert m.error_correlation([]) is None


def fronts_and_volumes_have_their_published_values(m):
    points = [(0.9, 0.3), (0.7, 0.6), (0.4, 0.8)]
    assert m.hypervolume(points, (0, 0)) == approx(0.56)
    assert m.hypervolume([*points, (0.4, 0.3)], (0, 0)) == approx(0.56)
    assert m.hypervolume(points, (0.5, 0.5)) == approx(0.02)
    assert m.hypervolume([(0.5, 0.2)], (0.0, 0.2)) == 0.0
    assert m.hypervolume([(1, 2, 3), (2, 1, 1)], (0, 0, 0)) == approx(6 + 2 - 1)
    assert m.front([*points, (0.4, 0.3), (0.9, 0.3)]) == [0, 1, 2, 4]
    assert m.dominates((1, 2), (1, 1))
    assert not m.dominates((1, 2), (1, 2))
    assert not m.dominates((1, 2), (2, 1))
    assert m.regret((0.7, 0.6), points) == approx(0.2)


def dominance_is_tested_and_not_read_off_the_means(m):
    rng = np.random.default_rng(0)
    worse = rng.random((40, 2))
    better = worse + np.array([0.3, 0.2]) + rng.normal(0, 0.1, (40, 2))
    assert m.dominance(better, worse, seed=0, n=300) > 0.95
    assert m.dominance(worse, better, seed=0, n=300) == 0.0
    luck = worse + rng.normal(0.01, 1.0, (40, 2))
    assert m.dominance(luck, worse, seed=0, n=300) < 0.95
    half = better.copy()
    half[:, 1] = np.nan
    assert m.dominance(half, worse, seed=0, n=50) == 0.0
    assert m.dominance(worse, worse, seed=0, n=50) == 0.0
    equal = worse + np.array([0.0, 0.2])
    assert m.dominance(equal, worse, seed=0, n=50) == 1.0
    with pytest.raises(ValueError, match="pair up"):
        m.dominance(better, worse[:3], seed=0)
    assert m.sure_front({"w": worse, "b": better, "l": luck}, seed=0, n=200) == ["b", "l"]
    assert m.sure_front({"w": worse, "b": better}, seed=0, n=200, sure=1.0) == ["w", "b"]


def dimensions_disagree_and_halo_shows(m):
    pairs = [((1, 0), (0, 1)), ((1, 1), (0, 0)), ((1, 0), (0, 0)), ((0, 0), (0, 0))]
    assert m.conflict_rate(pairs) == 0.25
    assert m.conflict_rate([]) is None
    assert m.diagonal_dominance([[-0.6, 0.1], [0.1, 0.2]]) == approx(0.8)
    assert m.diagonal_dominance([[0, 0], [0, 0]]) is None


def what_can_be_learnt_is_rewarded(m):
    assert [m.learnability(p) for p in (0.0, 0.5, 1.0)] == [0.0, 1.0, 0.0]
    assert m.learnability(0.25) == 0.75
    assert [m.uncertainty_reward(p) for p in (0.0, 0.25, 0.75, 1.0)] == [0.0, 0.25, 0.25, 0.0]
    assert [m.proposer_reward(p) for p in (0.0, 0.25, 1.0)] == [0.0, 0.75, 0.0]


def saying_the_same_again_costs(m):
    texts = ["tell me a joke about cats", "tell me a joke about dogs", "what is two plus nine"]
    assert m.duplicate_shares(texts) == approx([2 / 3, 2 / 3, 1 / 3])
    assert m.duplicate_shares(texts, cut=0.01) == approx([1 / 3] * 3)
    chain = ["a b c d e f g h", "a b c d e f x y", "q r c d e f x y"]
    assert sorted(m.duplicate_shares(chain, cut=0.4)) == approx([1 / 3, 2 / 3, 2 / 3])
    assert m.duplicate_shares(["a"]) == [1.0]
    assert m.duplicate_shares([]) == []
    assert m.history_bleu("a b c d e f", ["a b c d e f", "x"]) == approx(1.0)
    assert m.history_bleu("a b c d", ["a b c x"]) == approx(
        ((3 / 4 * 2 / 3 * 1 / 2) ** (1 / 3) + 2 * (3 / 4 * 2 / 3 * 1 / 2 * 0.5) ** (1 / 4)) / 3
    )
    assert m.history_bleu("a b", []) == 0.0
    assert m.history_cosine([1, 0], [[2, 0], [0, 1], [1, 1]]) == approx((1 + 0 + 0.5**0.5) / 3)
    assert m.history_cosine([1, 0], []) == 0.0


def clusters_are_those_of_plain_average_linkage(m):
    rng = random.Random(0)
    texts = [" ".join(rng.choices("abcdef", k=6)) for _ in range(14)]
    apart = [[1 - (m.bleu(a, [b]) + m.bleu(b, [a])) / 2 for b in texts] for a in texts]
    groups = [[i] for i in range(len(texts))]
    while True:
        mean = {
            (i, j): np.mean([apart[a][b] for a in groups[i] for b in groups[j]])
            for i in range(len(groups))
            for j in range(i)
        }
        i, j = min(mean, key=mean.get)
        if mean[i, j] >= 0.7:
            break
        groups[j] += groups.pop(i)
    assert 1 < len(groups) < len(texts)
    shares = {i: len(group) / len(texts) for group in groups for i in group}
    assert m.duplicate_shares(texts, cut=0.7) == approx([shares[i] for i in range(len(texts))])


def curiosity_adds_as_its_code_does(m):
    found = m.Curiosity()(0.9, self_bleu=0.2, cosine=0.3, entropy=2.0, fluency=0.8, kl=10.0)
    assert found == approx(0.9 - 0.2 - 0.3 + 0.02 + 0.8 - 0.01)


def an_attack_off_goal_earns_nothing(m):
    rest = {"severity": 3.0, "learnable": 0.5, "repeated": 0.25}
    assert m.attack_reward(0.5, valid=True, **rest) == approx(3 * 0.5 + 0.5 - 0.25)
    assert m.attack_reward(0.25, valid=True, **rest) == approx(0.75 + 0.5 * 0.75 - 0.25)
    assert m.attack_reward(0.5, valid=False, **rest) == -0.25
    assert m.attack_reward(None, valid=False, **rest) == -0.25
    assert m.attack_reward(None, valid=True, **rest) is None


def group_advantages_have_their_published_values(m):
    assert m.grpo([1, 0, 0, 1]) == approx([0.866, -0.866, -0.866, 0.866], abs=5e-4)
    assert m.rloo([1, 0, 0, 1]) == approx([2 / 3, -2 / 3, -2 / 3, 2 / 3])
    assert m.dr_grpo([1, 0, 0, 1]) == [0.5, -0.5, -0.5, 0.5]
    assert m.grpo([3, 1, 1, 3]) == approx(m.grpo([1, 0, 0, 1]), abs=1e-5)


def leave_one_out_is_the_mean_of_the_others(m):
    rewards = [0.1, 0.9, 0.4, 0.4, 0.0]
    slow = [r - (sum(rewards) - r) / 4 for r in rewards]
    assert m.rloo(rewards) == approx(slow)


def the_unscored_are_in_no_mean_and_get_nothing(m):
    for scheme in (m.grpo, m.rloo, m.dr_grpo):
        bare = scheme([1.0, 0.0, 0.5])
        assert scheme([1.0, None, 0.0, NAN, 0.5]) == approx([bare[0], 0, bare[1], 0, bare[2]])
        assert scheme([None, NAN]) == [0.0, 0.0]
        assert scheme([]) == []


def a_group_without_spread_teaches_nothing(m):
    for scheme in (m.grpo, m.rloo, m.dr_grpo):
        assert scheme([0.1] * 3) == [0.0] * 3
        assert scheme([0.7]) == [0.0]
        assert scheme([0.7, None]) == [0.0, 0.0]


def dimensions_are_normalised_before_they_are_added(m):
    assert m.gdpo([[1, 0], [0, 1], [1, 1], [0, 0]]) == approx([0, 0, 1.732, -1.732], abs=5e-4)
    rare = m.gdpo([[1, 0], [0, 0], [0, 0], [0, 5]])
    assert rare[0] == approx(rare[3], abs=1e-5)
    assert m.gdpo([[1, None], [0, 3], [0.5, 3]]) == approx(m.grpo([1, 0, 0.5]))


def a_batch_is_scaled_and_zero_stays_zero(m):
    found = m.batch_normalised([0.0, 2.0, -2.0, 0.0, 4.0, -4.0])
    spread = math.sqrt((2 * 4 + 2 * 16) / 3)
    assert found == approx([0, 2 / spread, -2 / spread, 0, 4 / spread, -4 / spread], abs=1e-5)
    assert m.batch_normalised([0.0, 1.0]) == [0.0, 1.0]
    assert m.batch_normalised([3.0, 3.0]) == [3.0, 3.0]


CHECKS = {
    "superalign.measures.advantages": [
        group_advantages_have_their_published_values,
        leave_one_out_is_the_mean_of_the_others,
        the_unscored_are_in_no_mean_and_get_nothing,
        a_group_without_spread_teaches_nothing,
        dimensions_are_normalised_before_they_are_added,
        a_batch_is_scaled_and_zero_stays_zero,
    ],
    "superalign.measures.diversity": [
        diversity_has_its_published_values,
        bleu_agrees_with_a_sum_by_hand,
        self_bleu_has_a_fixed_group_size,
        ngrams_and_vectors_spread,
    ],
    "superalign.measures.discovery": [
        success_at_k_is_the_share_of_subsets_with_a_success,
        what_was_seen_once_tells_of_the_unseen,
    ],
    "superalign.measures.compare": [
        many_tests_are_corrected,
        mcnemar_counts_the_discordant,
        resamples_say_which_side_is_ahead,
        flips_of_sign_tell_a_rise_from_chance,
        a_panel_that_errs_together_is_smaller,
    ],
    "superalign.measures.pareto": [
        fronts_and_volumes_have_their_published_values,
        dominance_is_tested_and_not_read_off_the_means,
        dimensions_disagree_and_halo_shows,
    ],
    "superalign.measures.rewards": [
        what_can_be_learnt_is_rewarded,
        saying_the_same_again_costs,
        clusters_are_those_of_plain_average_linkage,
        curiosity_adds_as_its_code_does,
        an_attack_off_goal_earns_nothing,
    ],
}
