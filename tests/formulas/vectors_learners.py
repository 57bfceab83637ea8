"""Checks of the losses of `superalign.learners`; each takes the module it checks."""

import math

import pytest
import torch

approx = pytest.approx

H = torch.tensor([-2.0, 0.0, 1.0, 3.0], dtype=torch.float64)


def at(values):
    return torch.tensor(values, dtype=torch.float64)


def slope(loss, h):
    """Return d loss / d h at each h."""
    place = at(h).requires_grad_()
    return torch.autograd.grad(loss(place).sum(), place)[0].tolist()


def losses_have_their_published_values(m):
    eps = torch.full_like(H, 0.1)
    assert m.dpo(H).tolist() == approx([2.126928, 0.693147, 0.313262, 0.048587], abs=1e-6)
    assert m.cdpo(H, eps).tolist() == approx([1.926928, 0.693147, 0.413262, 0.348587], abs=1e-6)
    assert m.rdpo(H, eps).tolist() == approx([2.376928, 0.693147, 0.188262, -0.326413], abs=1e-6)
    assert m.ropo(H).tolist() == approx([3.598457, 1.914739, 1.015079, 0.177346], abs=1e-6)


def eps_is_a_pairs_own(m):
    eps = at([0.0, 0.1, 0.3, 0.45])
    for loss in (m.cdpo, m.rdpo):
        alone = [loss(H[i : i + 1], eps[i : i + 1]).item() for i in range(4)]
        assert loss(H, eps).tolist() == approx(alone)
        assert loss(H, torch.zeros(4)).tolist() == approx(m.dpo(H).tolist())


def conservative_dpo_is_least_at_the_log_odds(m):
    for eps in (0.1, 0.3):
        best = math.log((1 - eps) / eps)
        assert slope(lambda h, e=eps: m.cdpo(h, at([e])), [best]) == approx([0.0], abs=1e-12)
    assert math.log(0.9 / 0.1) == approx(2.197, abs=5e-4)


def robust_dpo_is_unbiased_and_unbounded_below(m):
    eps = at([0.2])
    mixed = 0.8 * m.rdpo(at([0.7]), eps) + 0.2 * m.rdpo(at([-0.7]), eps)
    assert mixed.item() == approx(m.dpo(at([0.7])).item())
    assert slope(lambda h: m.rdpo(h, eps), [40.0]) == approx([-0.2 / 0.6])
    with pytest.raises(ValueError, match=r"below 0\.5"):
        m.rdpo(H, at([0.1, 0.1, 0.1, 0.5]))


def ipo_takes_sums_or_means(m):
    zero = at([0.0])
    assert m.ipo(at([0.4]), zero, 0.1).item() == approx(21.16)
    assert m.ipo(at([0.4]), zero, 1.0).item() == approx(0.01)
    assert m.ipo(zero, at([-0.4]), 1.0).item() == approx(0.01)
    tokens = (at([4.0]), at([2.0]))
    assert m.ipo(at([4.0]), at([1.0]), 1.0, tokens=tokens).item() == approx((1 - 0.5 - 0.5) ** 2)
    assert m.ipo(at([4.0]), at([1.0]), 1.0).item() == approx(2.5**2)


def ropo_damps_what_is_contradicted(m):
    top = math.log(13 / 15)
    assert slope(m.ropo, [top]) == approx([-1.0])
    assert slope(m.ropo, [top - 0.1])[0] > -1 < slope(m.ropo, [top + 0.1])[0]
    assert slope(m.ropo, [-5.0])[0] == approx(-0.27, abs=5e-3)
    assert slope(m.dpo, [-5.0])[0] == approx(-0.993, abs=5e-4)
    assert slope(lambda h: m.ropo(h, 3.0), [math.log(2 / 4)]) == approx([-1.0])


def the_largest_losses_are_dropped(m):
    assert m.survivors([3.0, 1.0, 2.0, 5.0, 4.0], 0.4) == [0, 1, 2]
    assert m.survivors([1.0] * 10, 0.3) == list(range(7))
    assert m.survivors([1.0, 2.0, 3.0], 0.3) == [0, 1, 2]
    assert m.survivors([2.0, 1.0], 0.0) == [0, 1]


def expectation_maximisation_weighs_by_the_critic(m):
    eta = at([0.8, 0.8])
    h = at([2.0, -2.0]).requires_grad_()
    w = m.rpo_em_weight(h, eta)
    assert w.tolist() == approx([0.967, 0.351], abs=5e-4)
    assert not w.requires_grad
    slow = w * m.dpo(h) + (1 - w) * m.dpo(-h)
    assert m.rpo_em(h, eta).tolist() == approx(slow.tolist())
    assert m.rpo_em(H, torch.ones(4)).tolist() == approx(m.dpo(H).tolist())


def reliability_is_a_moving_average_by_annotator(m):
    found = m.reliabilities({"a": 0.8, "c": 0.5}, [("a", 0.6), ("a", 1.0), ("b", 0.4)])
    assert found == {"a": approx(0.8), "b": approx(0.4), "c": 0.5}
    assert m.reliabilities({"a": 0.8}, [("a", 0.0)], 0.75)["a"] == approx(0.6)


def simpo_needs_a_margin_and_no_reference(m):
    found = m.simpo(at([-0.5]), at([-1.0]), beta=2.0, gamma=0.4)
    assert found.item() == approx(math.log1p(math.exp(-(2.0 * 0.5 - 0.4))))


def kto_takes_unpaired_answers(m):
    ratio, good = at([2.0, 2.0]), torch.tensor([True, False])
    z0 = at(0.5).requires_grad_()
    found = m.kto(ratio, good, z0, beta=0.1, weights=(1.0, 1.5))
    sigma = 1 / (1 + math.exp(-0.15))
    assert found.tolist() == approx([1 - sigma, 1.5 * sigma])
    assert not found.requires_grad
    below = m.kto(ratio, good, at(-3.0), beta=0.1)
    assert below.tolist() == approx(m.kto(ratio, good, at(0.0), beta=0.1).tolist())


def modpo_has_its_published_value(m):
    found = m.modpo(at([4.0 - -2.0]), at([[0.2 - 0.9]]), beta=0.1, weights=(0.7, 0.3))
    assert found.item() == approx(0.2734, abs=5e-5)
    assert math.log(1 / math.expm1(0.27336)) == approx(1.157, abs=5e-4)
    three = m.modpo(at([6.0]), at([[0.5, -1.0]]), beta=0.1, weights=(0.5, 0.3, 0.2))
    assert three.item() == approx(math.log1p(math.exp(-(0.6 - 0.15 + 0.2) / 0.5)))


def the_anchor_is_per_token(m):
    assert m.anchor(at([-6.0]), at([3.0])).tolist() == [2.0]


def corrected_cross_entropy_is_unbiased(m):
    missed, invented = at([0.1]), at([0.3])
    for truth, flip in ((1.0, 0.1), (0.0, 0.3)):
        seen = (1 - flip) * m.corrected_bce(at([0.7]), at([truth]), (missed, invented))
        seen += flip * m.corrected_bce(at([0.7]), at([1 - truth]), (missed, invented))
        clean = m.dpo(at([0.7 if truth else -0.7]))
        assert seen.item() == approx(clean.item())
    with pytest.raises(ValueError, match="less than 1"):
        m.corrected_bce(at([0.7]), at([1.0]), (at([0.6]), at([0.4])))


def divergence_is_estimated_without_bias_and_never_negative(m):
    assert m.k3(at([0.0]), at([0.0])).tolist() == [0.0]
    assert m.k3(at([-1.0]), at([-0.5])).tolist() == approx([math.exp(0.5) - 1.5])
    pi, ref = at([0.5, 0.3, 0.2]), at([0.2, 0.2, 0.6])
    expected = (pi * m.k3(pi.log(), ref.log())).sum().item()
    assert expected == approx((pi * (pi / ref).log()).sum().item())


def the_clip_ends_what_a_token_teaches(m):
    old = at([-1.0] * 6)
    now = old + at([0.5, 0.27, 0.2, -0.3, -0.2, 0.0])
    sides = at([1.0, 1.0, 1.0, -1.0, -1.0, 1.0])
    found = m.clipped(now, old, sides)
    rho = (now - old).exp().tolist()
    want = [-1.28, -1.28, -rho[2], 0.8, rho[4], -1.0]
    assert found.tolist() == approx(want)
    rising = m.clipped(at([-0.5]), at([-1.0]), at([-1.0]))
    assert rising.item() == approx(math.exp(0.5))
    tight = m.clipped(at([-0.5, -2.0]), at([-1.0, -1.0]), at([1.0, -1.0]), low=0.1, high=0.05)
    assert tight.tolist() == approx([-1.05, 0.9])


def tokens_are_averaged_or_held_to_a_fixed_length(m):
    loss, learnt = at([[1.0, 2.0, 9.0], [3.0, 9.0, 9.0]]), at([[1, 1, 0], [1, 0, 0]]).bool()
    assert m.token_mean(loss, learnt).item() == approx(2.0)
    assert m.token_mean(loss, learnt, 6).item() == approx(6.0 / 12)
    assert m.token_mean(loss, torch.zeros_like(learnt)).item() == 0.0


PREFERENCE, POLICY = (f"superalign.learners.{m}" for m in ("preference_losses", "policy_losses"))
CHECKS = {
    PREFERENCE: [
        losses_have_their_published_values,
        eps_is_a_pairs_own,
        conservative_dpo_is_least_at_the_log_odds,
        robust_dpo_is_unbiased_and_unbounded_below,
        ipo_takes_sums_or_means,
        ropo_damps_what_is_contradicted,
        the_largest_losses_are_dropped,
        expectation_maximisation_weighs_by_the_critic,
        reliability_is_a_moving_average_by_annotator,
        simpo_needs_a_margin_and_no_reference,
        kto_takes_unpaired_answers,
        modpo_has_its_published_value,
        the_anchor_is_per_token,
        corrected_cross_entropy_is_unbiased,
    ],
    POLICY: [
        divergence_is_estimated_without_bias_and_never_negative,
        the_clip_ends_what_a_token_teaches,
        tokens_are_averaged_or_held_to_a_fixed_length,
    ],
}
