import math
import random
from itertools import chain

import pytest
import torch

from superalign.learners.optimise import (
    IGNORED,
    Parts,
    Row,
    Schedule,
    cut,
    epochs,
    learnt,
    mixed,
    optimise,
    pad,
)
from superalign.progress import Progress


def rows(*lengths):
    return [Row([i + 4] * n, [IGNORED] * n, float(i)) for i, n in enumerate(lengths)]


def test_the_rate_warms_up_in_a_line_and_falls_by_a_cosine_to_its_floor():
    schedule = Schedule(lr=2.0, steps=120, warmup=20, floor=0.1)
    assert [schedule.at(s) for s in (0, 9, 19)] == pytest.approx([0.1, 1.0, 2.0])
    assert schedule.at(20) == pytest.approx(2.0)
    assert schedule.at(70) == pytest.approx(2 * (0.1 + 0.9 * 0.5))
    assert schedule.at(45) == pytest.approx(2 * (0.1 + 0.45 * (1 + math.cos(math.pi / 4))))
    assert schedule.at(120) == schedule.at(500) == pytest.approx(0.2)


def test_batches_lose_nothing_and_hold_no_more_padded_tokens_than_allowed():
    given = rows(*(random.Random(0).randrange(3, 30) for _ in range(50)), 200)
    found = cut(given, 64, random.Random(1))
    assert sorted(r.weight for b in found for r in b) == [r.weight for r in given]
    assert all(len(b) * max(len(r.tokens) for r in b) <= 64 for b in found if len(b) > 1)
    lengths = [[len(r.tokens) for r in b] for b in found]
    assert lengths != sorted(lengths)
    assert sorted(lengths) == sorted(map(sorted, lengths))
    assert all(a[-1] <= b[0] for a, b in zip(sorted(lengths), sorted(lengths)[1:], strict=False))


def test_epochs_go_round_shuffled_anew_and_depend_on_the_seed():
    def first_weights(seed):
        batches = epochs(rows(*[3] * 12), 9, seed)
        return [[r.weight for r in next(batches)] for _ in range(8)]

    found = first_weights(1)
    assert found == first_weights(1)
    assert found != first_weights(2)
    for once in (found[:4], found[4:]):
        assert sorted(chain.from_iterable(once)) == [float(i) for i in range(12)]
    assert found[:4] != found[4:]
    assert list(epochs([], 9, 0)) == []


def test_padding_is_masked_on_the_right_and_not_learnt_from():
    batch = pad([Row([5, 6, 7], [IGNORED, 6, 7], 2.0), Row([8], [8])])
    assert batch.tokens_BT.tolist() == [[5, 6, 7], [8, 0, 0]]
    assert batch.mask_BT.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert batch.targets_BT.tolist() == [[IGNORED, 6, 7], [8, IGNORED, IGNORED]]
    assert batch.weights_B.tolist() == [2.0, 1.0]


class Count(Progress):
    def __init__(self):
        self.steps = 0

    def advance(self, steps=1):
        self.steps += steps


class Line(torch.nn.Module):
    """One number to learn."""

    device = "cpu"

    def __init__(self):
        super().__init__()
        self.x = torch.nn.Parameter(torch.tensor(5.0))


def test_optimising_takes_the_steps_asked_for_and_lowers_the_loss():
    model, progress, modes = Line(), Count(), []

    def loss(model, batch):
        modes.append(model.training)
        return (model.x - 1) ** 2 + 0 * batch.tokens_BT.sum()

    schedule = Schedule(lr=0.3, steps=60, warmup=5)
    losses = optimise(model, epochs(rows(3), 9, 0), loss, schedule, progress)
    assert len(losses) == progress.steps == 60
    assert losses[0] == 16.0
    assert losses[-1] < 0.1
    assert all(modes)
    assert not model.training


def test_the_gradient_is_clipped_and_does_not_pile_up():
    model, seen = Line(), []

    def loss(model, batch):
        seen.append(model.x.grad)
        return 1000 * model.x

    optimise(model, epochs(rows(3), 9, 0), loss, Schedule(lr=0.0, steps=3))
    assert seen == [None, None, None]
    assert model.x.item() == 5.0


def test_no_batches_is_no_step():
    assert optimise(Line(), [], lambda m, b: m.x, Schedule(lr=1.0, steps=5)) == []


def test_mixed_batches_hold_all_lengths_and_show_every_row_before_any_twice():
    given = [Row([1] * n, [IGNORED] * n, weight=float(n)) for n in range(1, 8)]
    batches = mixed(given, 3, 0)
    shown = [r.weight for _ in range(7) for r in next(batches)]
    assert sorted(shown[:7]) == sorted(shown[7:14]) == sorted(shown[14:]) == [*range(1, 8)]
    assert shown[:7] != shown[7:14]
    assert any(max(shown[k : k + 3]) - min(shown[k : k + 3]) > 2 for k in range(0, 21, 3))
    assert list(mixed([], 3, 0)) == []


@pytest.mark.parametrize("tokens", [4, 9, 100])
def test_parts_of_a_step_sum_to_the_gradient_of_the_whole(tokens):
    given = [Row([1] * n, [1] * n, weight=float(n)) for n in (4, 1, 3, 2)]

    def loss(model, batch):
        taught = batch.targets_BT != IGNORED
        return (model.x * batch.weights_B[:, None] * taught).sum() / taught.sum()

    parts = Parts(tokens, learnt)
    assert [len(p) for p, _ in parts(given)] == {4: [2, 1, 1], 9: [3, 1], 100: [4]}[tokens]
    model = Line()
    losses = optimise(model, [given], loss, Schedule(lr=0.1, steps=1), parts=parts)
    assert losses == [pytest.approx(5.0 * (16 + 1 + 9 + 4) / 10)]


def test_a_step_in_parts_is_one_step():
    model, seen = Line(), []

    def loss(model, batch):
        seen.append(model.x.item())
        return model.x * batch.weights_B.mean()

    optimise(model, [rows(3, 1, 2)], loss, Schedule(lr=0.1, steps=1), parts=Parts(1, len))
    assert len(seen) == 3
    assert seen == [5.0, 5.0, 5.0]
    assert model.x.item() != 5.0
