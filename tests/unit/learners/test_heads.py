from dataclasses import replace

import numpy as np
import pytest

from superalign.learners import heads
from superalign.learners.confidence_losses import LOSSES, Loss
from superalign.learners.heads import Head, Training, train_heads

SHORT = Training(epochs=2, batch=20)


def world(n=120, width=6, seed=0, noise=0.3):
    """Return features and the chance of either class, a linear rule with weak labels."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, width)).astype(np.float32) * np.arange(1, width + 1) + 3
    score = (x - 3) @ rng.normal(size=width) / width + rng.normal(size=n) * noise
    second = 1 / (1 + np.exp(-2 * score))
    return x, np.stack([1 - second, second], 1)


def hard(targets):
    return np.eye(2)[targets.argmax(1)]


@pytest.mark.parametrize("antisymmetric", [False, True])
def test_heads_together_are_what_each_is_by_itself(antisymmetric):
    x, weak = world(60)
    half = np.arange(0, 60, 2)
    other = np.arange(30)[::-1].copy()
    every = [
        *(Head(targets=weak, loss=name, seed=s) for name in LOSSES for s in (0, 1)),
        Head(targets=hard(weak)),
        Head(targets=weak[half], rows=half, seed=3),
        Head(targets=weak[other], rows=other, seed=3),
        Head(targets=weak, weights=weak[:, 1], seed=1),
        Head(targets=weak, loss="confidence", prior=0.3),
        Head(targets=hard(weak), loss="confidence"),
        *(
            Head(targets=weak, loss="confidence", prior=p, seed=7 + i)
            for i, p in enumerate((0.2, 0.7))
        ),
        Head(targets=weak, gold_stop=hard(weak[::-1])),
    ]
    together = train_heads(x, every, SHORT, antisymmetric=antisymmetric)
    chances = together.probabilities(x)
    assert chances.shape == (len(every), 60, 2)
    for i, head in enumerate(every):
        alone = train_heads(x, [head], SHORT, antisymmetric=antisymmetric)
        assert alone.epochs[0] == together.epochs[i]
        assert np.abs(alone.probabilities(x)[0] - chances[i]).max() < 1e-5, head.loss


def slow(x, targets, training, order):
    """Train one head by plain Adam on cross-entropy, over numpy and the given batches."""
    x = (x - x.mean(0)) / np.sqrt(x.var(0).mean())
    x = np.concatenate([x, np.ones((len(x), 1))], 1)
    w, first, second = (np.zeros((x.shape[1], 2)) for _ in range(3))
    for step, at in enumerate(order, 1):
        logits = x[at] @ w
        p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        slope = x[at].T @ (p - targets[at]) / len(at)
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        w -= training.lr * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    logits = x @ w
    return np.exp(logits) / np.exp(logits).sum(1, keepdims=True)


def test_a_head_is_standardised_adam_over_the_whole_of_each_epoch():
    x, weak = world(64)
    one_batch = Training(epochs=7, batch=64, held_out=0.0)
    found = train_heads(x, [Head(targets=weak)], one_batch)
    expected = slow(x.astype(float), weak, one_batch, [np.arange(64)] * 7)
    assert np.abs(found.probabilities(x)[0] - expected).max() < 1e-5
    assert found.epochs == (7,)
    assert found.stopped_on == ("end",)


def test_the_order_of_rows_is_the_seeds_and_every_row_is_learnt_from():
    x, weak = world()
    chances = [
        train_heads(x, [Head(targets=weak, seed=s)], SHORT).probabilities(x) for s in (0, 0, 1)
    ]
    assert (chances[0] == chances[1]).all()
    assert np.abs(chances[0] - chances[2]).max() > 1e-3
    weights = np.zeros(120)
    weights[17] = 1.0
    one = Head(targets=weak, weights=weights)
    alone = train_heads(x, [one], replace(SHORT, held_out=0.0, batch=50)).probabilities(x)
    assert np.abs(alone - 0.5).max() > 0.01


def test_scale_and_place_of_features_do_not_matter():
    x, weak = world()
    found = train_heads(x, [Head(targets=weak)], SHORT)
    moved = x * 50 - 7
    again = train_heads(moved, [Head(targets=weak)], SHORT)
    assert np.abs(found.probabilities(x) - again.probabilities(moved)).max() < 1e-3
    assert np.abs(found.probabilities(x[5:9]) - found.probabilities(x)[:, 5:9]).max() < 1e-6
    x[:, 2] = 4
    assert np.isfinite(train_heads(x, [Head(targets=weak)], SHORT).probabilities(x)).all()


def test_a_wide_body_of_rare_words_is_not_learnt_by_heart():
    rng = np.random.default_rng(0)
    x = (rng.random((400, 1500)) < 0.003).astype(np.float32)
    x[:, :5] = rng.integers(0, 2, 400)[:, None]
    truth = np.eye(2)[x[:, 0].astype(int)]
    to_the_end = Training(held_out=0.0)
    found = train_heads(x[:200], [Head(targets=truth[:200])], to_the_end).probabilities(x[200:])[0]
    assert (found.argmax(1) == truth[200:].argmax(1)).mean() > 0.95


def test_it_learns_and_fits_soft_labels():
    x, weak = world(500, noise=0.0)
    found = train_heads(x, [Head(targets=weak)], Training(lr=0.1)).probabilities(x)[0]
    assert np.abs(found - weak).mean() < 0.02


def test_swapping_the_sides_swaps_the_chances_exactly():
    x, weak = world()
    found = train_heads(
        x - 3, [Head(targets=weak, loss=n) for n in LOSSES], SHORT, antisymmetric=True
    )
    there, back = found.probabilities(x), found.probabilities(-x)
    assert np.abs(there - back[..., ::-1]).max() < 1e-6
    assert np.abs(found.probabilities(0 * x) - 0.5).max() < 1e-7
    plain = train_heads(x - 3, [Head(targets=weak[:, ::-1] * 0 + [0.1, 0.9])], SHORT)
    assert plain.probabilities(0 * x)[0, 0, 1] > 0.55


def test_what_is_held_out_is_not_learnt_from_but_chooses_the_epoch():
    """Gold that is against every label makes the least trained epoch the best one."""
    x, weak = world(200, noise=0.0)
    training = Training(epochs=12, batch=32, held_out=0.5)
    against = hard(weak)[:, ::-1]
    pair = [Head(targets=weak), Head(targets=weak, gold_stop=against)]
    found = train_heads(x, pair, training)
    assert found.epochs[1] < found.epochs[0] < 13
    assert found.stopped_on == ("weak", "gold")
    ends = train_heads(x, pair, replace(training, held_out=0.0))
    assert (ends.epochs, ends.stopped_on) == ((12, 12), ("end", "end"))


def test_held_out_rows_change_no_weight_and_are_the_seeds():
    x, weak = world(20)
    training = Training(epochs=3, batch=20, held_out=0.5)
    free = []
    for seed in (0, 1):
        turned = np.repeat(weak[None], 21, 0)
        turned[range(1, 21), range(20)] = weak[:, ::-1] * 0.5 + 0.3
        pairs = [Head(targets=t, seed=seed, gold_stop=hard(weak)) for t in turned]
        weights = train_heads(x, pairs, training).weights
        moved = np.abs(weights[:, 1:] - weights[:, :1]).max((0, 2))
        free.append(np.flatnonzero(moved < 1e-7).tolist())
    assert [len(rows) for rows in free] == [10, 10]
    assert free[0] != free[1]


def test_weights_of_0_leave_rows_out():
    x, weak = world()
    turned = weak.copy()
    turned[::2] = turned[::2, ::-1]
    weights = (np.arange(120) % 2).astype(float)
    ends = replace(SHORT, held_out=0.0)
    pair = [Head(targets=t, weights=weights) for t in (weak, turned)]
    found = train_heads(x, pair, ends).probabilities(x)
    assert np.abs(found[0] - found[1]).max() < 1e-6
    nothing = train_heads(x, [Head(targets=weak, weights=np.zeros(120))], ends)
    assert np.abs(nothing.probabilities(x) - 0.5).max() < 1e-7


def test_one_row_and_one_class_are_learnt_without_harm():
    x, weak = world()
    sure = np.tile([0.0, 1.0], (120, 1))
    for name in LOSSES:
        one = train_heads(x[:1], [Head(targets=weak[:1], loss=name)], SHORT)
        assert np.isfinite(one.probabilities(x)).all()
        found = train_heads(x, [Head(targets=sure, loss=name)], SHORT).probabilities(x)
        assert np.isfinite(found).all(), name


def test_the_loss_of_a_head_is_the_one_it_names():
    x, weak = world()
    names = list(LOSSES)
    found = train_heads(x, [Head(targets=weak, loss=n) for n in names], SHORT).probabilities(x)
    gaps = {
        (a, b): np.abs(found[i] - found[j]).max()
        for i, a in enumerate(names)
        for j, b in enumerate(names)
        if i < j
    }
    assert min(gaps.values()) > 1e-4


def test_losses_hear_which_share_of_training_is_over(monkeypatch):
    x, weak = world(60)
    heard = []

    def target(logits, labels, done):
        heard.append(done)
        return labels

    monkeypatch.setattr(heads, "loss", lambda name, prior: Loss(target))
    train_heads(x, [Head(targets=weak)], Training(epochs=4, batch=20, held_out=0.0))
    assert heard == pytest.approx(np.arange(12) / 12)
