"""Three learners of preferences with one interface, and the conflict that contradicts gold."""

import math
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from superalign.learners import comparing
from superalign.learners.comparing import SETTINGS, Comparer, Comparing, Lessons
from superalign.learners.optimise import Batch, pad
from superalign.records import Problem

ALL = tuple(SETTINGS)


def nll(x):
    return math.log(1 + math.exp(-x))


def batch(*flipped, weights=None):
    """Return what a loss reads of a batch: both sides' rows, with the second sides' chances."""
    nothing = torch.zeros(2 * len(flipped), 1)
    counts = torch.tensor([*(weights or [1.0] * len(flipped))] * 2)
    chances = torch.tensor([*flipped, *flipped])
    return Batch(nothing, nothing, nothing, counts, chances)


def lessons(n=32, seed=0, **fields):
    """Return pairs of which the side with more `a` is the better, and how sure one is."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(n):
        good, bad = ("".join(rng.choice(list(x), 6)) for x in ("aaab", "bbba"))
        first = bool(rng.integers(2))
        choices = (good, bad) if first else (bad, good)
        found.append((Problem.of(f"pick {i}\n", choices=choices), first))
    first = np.array([0.9 if f else 0.1 for _, f in found])
    targets = np.stack([first, 1 - first], 1)
    return Lessons(problems=[p for p, _ in found], targets=targets, **fields)


def turned(problem):
    return Problem.of(problem.prompt, choices=problem.choices[::-1])


def test_a_soft_label_pulls_to_both_sides_by_its_chances():
    how = Comparing(setting="reward", lr=1)
    found = how.loss(torch.tensor([1.0, -2.0]), batch(0.25, 1.0), conflict=False)
    assert float(found) == pytest.approx(((0.75 * nll(1) + 0.25 * nll(-1)) + nll(2)) / 2, abs=1e-6)


def test_each_pair_counts_by_its_weight_and_the_mean_is_over_pairs():
    how = Comparing(setting="dpo", lr=1, beta=0.5)
    given = batch(0.0, 1.0, 0.0, weights=[0.8, 0.2, 0.0])
    found = how.loss(torch.tensor([1.0, -2.0, 9.0]), given, conflict=False)
    assert float(found) == pytest.approx((0.8 * nll(0.5) + 0.2 * nll(1)) / 3, abs=1e-6)


def test_confidence_weighted_dpo_is_the_published_loss_text_by_text(policy):
    """CW-PO by hand: 2 (sigma(d) - .5) times -log sigma of beta times the implicit rewards'."""
    taught = lessons(6)
    confidence = np.abs(taught.targets[:, 1] - taught.targets[:, 0]) * np.linspace(0.1, 1, 6)
    taught = replace(taught, weights=confidence)
    how = replace(SETTINGS["dpo"], beta=0.3)
    model = deepcopy(policy.model)
    with torch.no_grad():
        for i, p in enumerate(model.parameters()):
            p.add_(0.02 * torch.randn(p.shape, generator=torch.Generator().manual_seed(i)))
    hard = comparing._hard(taught)
    pairs = comparing._gold_first(policy, hard)
    given = pad([w for w, _ in pairs] + [x for _, x in pairs])
    comparer = Comparer(policy, "dpo", model, policy.model)
    found = how.loss(comparer.margins(given), given, conflict=False)

    def logp(body, problem, choice):
        prompt = policy.tokenizer(problem.prompt)["input_ids"]
        said = policy.tokenizer(choice, add_special_tokens=False)["input_ids"]
        said = [*said, policy.tokenizer.eos_token_id]
        with torch.no_grad():
            logits = body(torch.tensor([prompt + said])).logits[0].log_softmax(-1)
        return sum(float(logits[len(prompt) + k - 1, t]) for k, t in enumerate(said))

    total = 0.0
    for problem, target, weight in zip(taught.problems, taught.targets, confidence, strict=True):
        chosen, rejected = problem.choices[:: 1 if target[0] > 0.5 else -1]
        rewards = [logp(model, problem, c) - logp(policy.model, problem, c)
                   for c in (chosen, rejected)]  # fmt: skip
        total += weight * nll(how.beta * (rewards[0] - rewards[1]))
    assert float(found) == pytest.approx(total / 6, abs=1e-4)
    assert float(found) != pytest.approx(total / confidence.sum(), rel=0.05)


def test_saying_the_better_reply_first_is_not_weighted(policy, monkeypatch):
    taught, seen = replace(lessons(8), weights=np.linspace(0, 1, 8)), []

    def watched(model, batches, loss, schedule, progress=None):
        seen.append(sorted(r.weight for r in next(batches)))

    monkeypatch.setattr(comparing, "optimise", watched)
    SETTINGS["dpo"].train(policy, taught)
    saying, preferring = seen
    assert saying == [1.0] * 8
    assert preferring == pytest.approx(sorted([*np.linspace(0, 1, 8)] * 2))


def test_beta_scales_the_margin_and_gamma_asks_for_one():
    how = Comparing(setting="simpo", lr=1, beta=2.0, gamma=1.0)
    found = how.loss(torch.tensor([0.3]), batch(0.0), conflict=False)
    assert float(found) == pytest.approx(nll(2 * 0.3 - 1), abs=1e-6)
    assert float(how.loss(torch.tensor([0.3]), batch(1.0), conflict=False)) == pytest.approx(
        nll(-2 * 0.3 - 1), abs=1e-6
    )


def test_a_conflict_rewards_pairs_that_contradict_gold_already_and_no_others():
    """By hand: of three pairs, the truly better side first, one is judged wrongly."""
    margins = torch.tensor([1.0, -0.5, 0.2], requires_grad=True)
    how = Comparing(setting="reward", lr=1, alpha=0.5)
    plain = how.loss(margins, batch(0.0, 0.0, 0.0), conflict=False)
    every = how.loss(margins, batch(0.0, 0.0, 0.0), conflict=True)
    some = replace(how, mean="contradicting").loss(margins, batch(0.0, 0.0, 0.0), conflict=True)
    assert (every - plain).item() == pytest.approx(0.5 * nll(0.5) / 3, abs=1e-6)
    assert (some - plain).item() == pytest.approx(0.5 * nll(0.5), abs=1e-6)
    (slope,) = torch.autograd.grad(every - plain, margins)
    assert slope[1] > 0, "the loss falls as the margin goes further wrong"
    assert slope[0] == slope[2] == 0


def test_nothing_to_contradict_is_no_loss_under_either_mean():
    for mean in ("all", "contradicting"):
        how = Comparing(setting="dpo", lr=1, beta=0.1, mean=mean)
        margins, given = torch.tensor([1.0, 0.0]), batch(0.0, 0.0)
        assert how.loss(margins, given, conflict=True) == how.loss(margins, given, conflict=False)


@pytest.mark.parametrize("setting", ALL)
def test_a_model_learns_what_it_is_taught_and_sides_may_be_swapped(policy, setting):
    taught = lessons(64)
    how = replace(SETTINGS[setting], lr=1e-2, epochs=4, pairs=16)
    model = how.train(policy, taught, seed=1)
    asked = lessons(40, seed=5)
    chances = model.chances(asked.problems)
    assert (chances.argmax(1) == asked.targets.argmax(1)).mean() > 0.8
    assert chances.sum(1) == pytest.approx(1)
    swapped = model.chances([turned(p) for p in asked.problems])
    assert swapped == pytest.approx(chances[:, ::-1], abs=1e-5)
    alone = [model.chances([p])[0] for p in asked.problems[:4]]
    assert np.array(alone) == pytest.approx(chances[:4], abs=1e-5)
    again = how.train(policy, taught, seed=1).chances(asked.problems)
    assert again == pytest.approx(chances, abs=1e-6)


@pytest.mark.parametrize("setting", ALL)
def test_the_order_of_sides_teaches_nothing(policy, setting):
    taught = lessons(16)
    other = replace(
        taught,
        problems=[turned(p) for p in taught.problems],
        targets=taught.targets[:, ::-1],
    )
    asked = lessons(8, seed=5).problems
    how = replace(SETTINGS[setting], lr=5e-3, pairs=8)
    one, two = (how.train(policy, x, seed=1).chances(asked) for x in (taught, other))
    assert one == pytest.approx(two, abs=1e-5)


@pytest.mark.parametrize("setting", ["dpo", "simpo"])
def test_likelihood_learners_take_the_likelier_side_and_reward_models_its_chance(policy, setting):
    soft = lessons(16)
    hard = replace(soft, targets=np.eye(2)[soft.targets.argmax(1)])
    asked = lessons(8, seed=5).problems

    def said(name, taught):
        how = replace(SETTINGS[name], lr=1e-2, epochs=3, pairs=8)
        return how.train(policy, taught).chances(asked)

    assert said(setting, soft) == pytest.approx(said(setting, hard))
    assert said("reward", soft) != pytest.approx(said("reward", hard), abs=1e-3)


@pytest.mark.parametrize("setting", ALL)
def test_gold_to_contradict_reaches_the_loss_of_a_training(policy, setting, monkeypatch):
    """The truly better side is the first of its pair, with the label's chance that it is not."""
    taught = lessons(8)
    gold = taught.targets.argmax(1).tolist()
    gold[0] = 1 - gold[0]
    seen = []

    def watched(model, batches, loss, schedule, progress=None):
        seen.append([*zip(next(batches)[:8], strict=True)])

    how = replace(SETTINGS[setting], saying=0.0, pairs=8)
    with monkeypatch.context() as patch:
        patch.setattr(comparing, "optimise", watched)
        how.train(policy, replace(taught, contradicted=gold), seed=1)
    (rows,) = seen
    soft = 0.1 if setting == "reward" else 0.0
    first = {tuple(r.tokens): r.flipped for (r,) in rows}
    for i, (problem, better) in enumerate(zip(taught.problems, gold, strict=True)):
        said = tuple(comparing._rows(policy, problem, 0.0)[better].tokens)
        assert first[said] == pytest.approx(1 - soft if i == 0 else soft)


def test_dpo_starts_at_even_chances_beside_its_reference(policy):
    how = replace(SETTINGS["dpo"], lr=0.0)
    chances = how.train(policy, lessons(8)).chances(lessons(8, seed=5).problems)
    assert chances == pytest.approx(0.5, abs=1e-6)


def test_what_is_too_long_is_cut_at_the_beginning(policy, monkeypatch):
    problem = Problem.of("a" * 30, choices=("bc", "d"))
    whole = comparing._rows(policy, problem, 0.0)
    monkeypatch.setattr(comparing, "LONGEST", 6)
    cut = comparing._rows(policy, problem, 0.0)
    assert [r.tokens for r in cut] == [r.tokens[-6:] for r in whole]
    assert [r.targets for r in cut] == [r.targets[-6:] for r in whole]


def test_no_lessons_are_refused(policy):
    empty = Lessons(problems=[], targets=np.zeros((0, 2)))
    with pytest.raises(ValueError, match="none"):
        SETTINGS["reward"].train(policy, empty)
