"""Properties of spec E3, and slow references in floats."""

import math
import random
from itertools import pairwise

import pytest
import torch

from superalign.errors import BadInput
from superalign.learners.confidence_losses import (
    LOSSES,
    ConfidenceEleuther,
    Loss,
    balanced,
    class_prior,
    confidence,
    confidence_openai,
    cross_entropy,
    entropic,
    focal,
    generalised,
    hardened,
    jump,
    loss,
    product,
    quantile,
    ramp,
    reverse,
    symmetric,
)


def drawn(rows=32, seed=0, scale=2.0):
    """Return logits and weak labels in float64."""
    chance = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(rows, 2, generator=chance, dtype=torch.float64)
    second = torch.rand(rows, generator=chance, dtype=torch.float64)
    return logits, torch.stack([1 - second, second], -1)


def slope(made, logits, weak, done):
    place = logits.clone().requires_grad_()
    return torch.autograd.grad(made(place, weak, done).sum(), place)[0]


def test_alpha_is_0_at_the_start_and_at_its_top_from_a_fifth_on():
    assert [ramp(d) for d in (0.0, 0.1, 0.2, 0.6, 1.0)] == pytest.approx(
        [0, 0.375, 0.75, 0.75, 0.75]
    )
    logits, weak = drawn()
    assert torch.equal(confidence(logits, weak, 0.0), weak)
    own = hardened(logits, 0.5)
    assert torch.allclose(confidence(logits, weak, 0.2), 0.25 * weak + 0.75 * own)
    assert torch.allclose(confidence(logits, weak, 0.2, top=0.5), 0.5 * weak + 0.5 * own)


def test_the_warm_up_jump_is_there_by_name_and_nowhere_else():
    dones = [i / 1000 for i in range(1001)]
    steps = {f: max(f(b) - f(a) for a, b in pairwise(dones)) for f in (ramp, jump)}
    assert steps[ramp] < 0.004
    assert steps[jump] > 0.44
    assert (jump(0.0), jump(0.05), jump(0.1), jump(0.101)) == pytest.approx((0, 0.025, 0.05, 0.5))
    logits, weak = drawn()
    for name, jumps in {n: n == "confidence_openai" for n in LOSSES if "confidence" in n}.items():
        near = [loss(name).targets(logits, weak, d) for d in (0.1, 0.101)]
        assert bool((near[0] - near[1]).abs().max() > 0.1) is jumps


@pytest.mark.parametrize("rows", [2, 8, 32, 100])
@pytest.mark.parametrize("shift", [-20.0, 0.0, 20.0])
def test_exactly_half_is_hardened_to_each_class_the_likelier_half(rows, shift):
    logits, _ = drawn(rows)
    logits[:, 1] += shift
    own = hardened(logits, 0.5)
    assert own.sum(0).tolist() == [rows / 2, rows / 2]
    margin = logits[:, 1] - logits[:, 0]
    assert margin[own[:, 1] == 1].min() > margin[own[:, 0] == 1].max()


def test_ties_do_not_change_the_half():
    assert hardened(torch.zeros(6, 2), 0.5).sum(0).tolist() == [3, 3]


@pytest.mark.parametrize(("prior", "seconds"), [(0.0, 0), (0.25, 8), (0.75, 24), (1.0, 32)])
def test_a_prior_is_met_exactly(prior, seconds):
    assert hardened(drawn()[0], prior)[:, 1].sum() == seconds


def test_the_row_between_two_classes_goes_its_own_way():
    logits = torch.tensor([[0.0, 3.0], [0.0, 1.0], [0.0, -2.0]])
    assert hardened(logits, 0.5)[:, 1].tolist() == [1, 1, 0]
    assert hardened(logits - torch.tensor([0.0, 1.5]), 0.5)[:, 1].tolist() == [1, 0, 0]


def test_priors_of_heads_side_by_side_are_their_own():
    logits = torch.stack([drawn(8, s)[0] for s in (0, 1)])
    own = hardened(logits, torch.tensor([0.25, 0.5]))
    assert own[..., 1].sum(-1).tolist() == [2, 4]
    assert torch.equal(own[1], hardened(logits[1], 0.5))


@pytest.mark.parametrize("name", LOSSES)
def test_a_batch_of_one_and_a_batch_of_one_class_are_finite(name):
    for weak in ([[0.3, 0.7]], [[0.0, 1.0]], [[1.0, 0.0]], [[0.0, 1.0]] * 5, [[1.0, 0.0]] * 5):
        for size in (0.0, 1.0, 300.0):
            logits, _ = drawn(len(weak), scale=size)
            for done in (0.0, 0.15, 1.0):
                made, labels = loss(name), torch.tensor(weak, dtype=torch.float64)
                assert made(logits, labels, done).isfinite().all()
                assert slope(made, logits.float(), labels.float(), done).isfinite().all()


def test_a_batch_of_one_is_hardened_to_its_own_class_only_the_repo_decrees_one():
    for second in (-1.0, 1.0):
        logits, weak = torch.tensor([[0.0, second]]), torch.tensor([[0.5, 0.5]])
        assert hardened(logits, 0.5)[0, 1] == (second > 0)
        assert confidence_openai(logits, weak, 1.0)[0].tolist() == [0.75, 0.25]


@pytest.mark.parametrize("name", LOSSES)
def test_no_gradient_goes_through_the_target(name):
    logits, weak = drawn()
    made = loss(name)
    place = logits.clone().requires_grad_()
    target = made.targets(place, weak, 0.5)
    assert not target.requires_grad
    held = torch.autograd.grad(made.rows(place, target).sum(), place)[0]
    assert torch.equal(slope(loss(name), logits, weak, 0.5), held)
    if made.rows is cross_entropy:
        assert torch.allclose(held, logits.softmax(-1) * target.sum(-1, keepdim=True) - target)


@pytest.mark.parametrize("name", LOSSES)
def test_micro_batches_have_the_gradient_of_the_whole_batch(name):
    logits, weak = drawn()
    made = loss(name)
    targets = made.targets(logits, weak, 0.5)
    place = logits.clone().requires_grad_()
    for part in torch.arange(32).split(5):
        made.rows(place[part], targets[part]).sum().backward()
    assert torch.allclose(place.grad, slope(loss(name), logits, weak, 0.5))


@pytest.mark.parametrize("name", LOSSES)
def test_heads_side_by_side_lose_what_each_would_alone(name):
    pairs = [drawn(16, s) for s in range(3)]
    together = loss(name)(*(torch.stack(t) for t in zip(*pairs, strict=True)), 0.5)
    alone = torch.stack([loss(name)(*pair, 0.5) for pair in pairs])
    assert torch.allclose(together, alone)


def test_the_rolling_threshold_at_micro_batches_is_that_of_the_whole_batch():
    logits, weak = drawn(32)
    weak[:, :] = 0.5
    whole = ConfidenceEleuther(window=32)(logits, weak, 1.0)
    rolling = ConfidenceEleuther(window=32)
    parts = [rolling(logits[i : i + 4], weak[i : i + 4], 1.0) for i in range(0, 32, 4)]
    assert torch.equal(parts[-1], whole[28:])
    again = [rolling(logits[i : i + 1], weak[i : i + 1], 1.0) for i in range(32)]
    assert torch.equal(again[-1], whole[31:])


def test_what_the_rolling_threshold_keeps_is_bounded():
    rolling = ConfidenceEleuther(window=8)
    for seed in range(20):
        rolling(*drawn(3, seed), 1.0)
    assert rolling.seen.shape == (8,)
    assert torch.equal(rolling.seen[-3:], drawn(3, 19)[0].softmax(-1)[:, 0])


def test_the_entropy_form_mixes_in_the_students_own_chances():
    logits, weak = drawn()
    found = ConfidenceEleuther(harden=False)(logits, weak, 1.0)
    assert torch.allclose(found, 0.5 * weak + 0.5 * logits.softmax(-1))
    made = Loss(ConfidenceEleuther(harden=False))
    assert torch.allclose(slope(made, logits, weak, 1.0), 0.5 * slope(Loss(), logits, weak, 1.0))


def test_balanced_labels_have_log_odds_of_mean_0_and_keep_their_order():
    _, weak = drawn()
    found = balanced(weak)
    assert torch.logit(found[:, 1]).mean().item() == pytest.approx(0, abs=1e-12)
    assert torch.equal(found[:, 1].argsort(), weak[:, 1].argsort())
    centred = ConfidenceEleuther(balance=True)(torch.zeros(32, 2).double(), weak, 0.0)
    assert torch.equal(centred, found)


def published_logconf(logits, weak, done):
    """Return the loss as the published code computes it, over floats."""
    coefficient = 0.5 * (1.0 if done > 0.1 else done)
    chances = [1 / (1 + math.exp(b - a)) for a, b in logits]
    share = sum(w for _, w in weak) / len(weak)
    ranked = sorted(chances)
    place = share * (len(ranked) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ranked) - 1)
    threshold = ranked[low] + (place - low) * (ranked[high] - ranked[low])
    total = 0.0
    for p, (w0, w1) in zip(chances, weak, strict=True):
        first = 1.0 if p >= threshold else 0.0
        t0 = (1 - coefficient) * w0 + coefficient * first
        t1 = (1 - coefficient) * w1 + coefficient * (1 - first)
        total -= t0 * math.log(p) + t1 * math.log(1 - p)
    return total / len(chances)


@pytest.mark.parametrize("done", [0.0, 0.05, 0.1, 0.11, 0.7])
def test_the_openai_variant_is_the_published_code(done):
    for seed in range(5):
        logits, weak = drawn(random.Random(seed).choice([1, 7, 32]), seed)
        expected = published_logconf(logits.tolist(), weak.tolist(), done)
        assert loss("confidence_openai")(logits, weak, done).mean().item() == pytest.approx(
            expected
        )


def test_quantiles_are_torchs():
    values = drawn(9)[0].T.contiguous()
    shares = torch.tensor([0.3, 1.0], dtype=torch.float64)
    expected = [torch.quantile(v, q).item() for v, q in zip(values, shares, strict=True)]
    assert quantile(values, shares).tolist() == pytest.approx(expected)


def test_the_product_is_the_normalised_product_and_never_nan():
    logits, weak = drawn()
    raw = logits.softmax(-1) ** 2 * weak**0.5
    assert torch.allclose(
        product(logits, weak, 0.0, alpha=0.5, beta=2.0), raw / raw.sum(-1, keepdim=True)
    )
    sure = torch.tensor([[400.0, -400.0], [-400.0, 400.0]])
    against = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    assert (sure.softmax(-1) * against).sum() == 0
    assert product(sure, against, 0.0).isfinite().all()
    assert Loss(product)(sure, against, 0.0).isfinite().all()
    only_student = product(logits[:2].float(), against, 0.0, alpha=0.0)
    assert torch.allclose(only_student, logits[:2].float().softmax(-1))


def test_the_product_without_the_student_is_cross_entropy():
    logits, weak = drawn()
    weak[0] = torch.tensor([0.0, 1.0])
    only_teacher = Loss(lambda x, w, done: product(x, w, done, alpha=1.0, beta=0.0))
    assert torch.allclose(only_teacher(logits, weak, 0.3), loss("xent")(logits, weak, 0.3))


def test_soft_and_hard_labels():
    logits, weak = torch.tensor([[0.0, 1.0]]), torch.tensor([[0.8, 0.2]])
    first, second = -math.log(1 / (1 + math.e)), -math.log(math.e / (1 + math.e))
    assert loss("xent")(logits, weak, 0.5).item() == pytest.approx(0.8 * first + 0.2 * second)
    assert loss("hard")(logits, weak, 0.5).item() == pytest.approx(first)


def test_noise_robust_losses_are_their_formulas():
    p, t = 0.2, (0.9, 0.1)
    logits = torch.tensor([[math.log(p), math.log(1 - p)]], dtype=torch.float64)
    target = torch.tensor([t], dtype=torch.float64)
    ce = -(t[0] * math.log(p) + t[1] * math.log(1 - p))
    expected = {
        focal: -(t[0] * 0.8**2 * math.log(0.2) + t[1] * 0.2**2 * math.log(0.8)),
        generalised: t[0] * (1 - 0.2**0.7) / 0.7 + t[1] * (1 - 0.8**0.7) / 0.7,
        reverse: -(0.2 * math.log(0.9) + 0.8 * math.log(0.1)),
        symmetric: ce - (0.2 * math.log(0.9) + 0.8 * math.log(0.1)),
        entropic: 0.75 * ce - 0.25 * (0.2 * math.log(0.2) + 0.8 * math.log(0.8)),
    }
    for rows, value in expected.items():
        assert rows(logits, target).item() == pytest.approx(value), rows.__name__
    sure = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    assert reverse(logits, sure).item() == pytest.approx(0.8 * 4)
    assert focal(logits, sure, gamma=0.0).item() == pytest.approx(-math.log(0.2))
    assert generalised(logits, sure, q=1.0).item() == pytest.approx(0.8)


def test_entropy_prefers_sure_students():
    logits = torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    even = torch.tensor([[0.5, 0.5]], dtype=torch.float64)
    towards = [slope(loss(n), logits, even, 0.5)[0, 1].item() for n in ("xent", "entropy")]
    assert 0 < towards[1] < towards[0]


def test_the_class_prior_is_read_from_the_weak_labels():
    weak = torch.tensor([[0.9, 0.1], [0.5, 0.5], [1.0, 0.0]])
    assert class_prior(weak) == pytest.approx(0.2)
    logits, labels = drawn(10)
    held = loss("confidence", prior=class_prior(weak)).targets(logits, labels, 1.0)
    assert torch.allclose(held, confidence(logits, labels, 1.0, prior=0.2))
    assert not torch.allclose(held, confidence(logits, labels, 1.0))


def test_a_wrong_name_and_a_third_class_are_refused():
    with pytest.raises(BadInput, match="logconf: no such loss; there are xent, hard, confidence"):
        loss("logconf")
    with pytest.raises(ValueError, match="two classes, not 3"):
        hardened(torch.zeros(4, 3), 0.5)
