"""Outcome and process reward models: where labels stand, what the loss is, and that both learn."""

import asyncio
import random

import pytest
import torch
import torch.nn.functional as F

from plays import said
from superalign.critics.process_reward import ProcessReward
from superalign.errors import BadInput
from superalign.learners.labelled import Labelled
from superalign.learners.optimise import IGNORED, pad
from superalign.learners.token_reward import (
    TokenRewardTraining,
    balanced,
    token_labels,
    within_units,
)
from superalign.policies import step_scores
from superalign.policies.checkpoints import fingerprint
from superalign.records import Message, Problem

_ = IGNORED
SEEN = (Message(role="user", text="k3\n"),)
PROMPT = 4
ITEM = Labelled(SEEN, "abcd\n#8", (True, False), right=True)
"""Lines of five and three tokens, newline and end token included."""


def targets(policy, item=ITEM, **fields):
    rows = list(TokenRewardTraining(**fields).rows(policy, item))
    for row in rows:
        assert row.tokens == rows[0].tokens
        assert list(row.targets[:PROMPT]) == [_] * PROMPT
    return [list(row.targets[PROMPT:]) for row in rows]


@pytest.mark.parametrize(
    ("place", "process", "outcome", "steps_of_both"),
    [
        ("last", [2, 2, 2, 2, 1, 5, 5, 3], [2] * 7 + [1], [2, 2, 2, 2, 1, 5, 5, 5]),
        ("last3", [2, 2, 1, 1, 1, 3, 3, 3], [2] * 5 + [1] * 3, [2, 2, 1, 1, 1, 5, 5, 5]),
        ("every", [1, 1, 1, 1, 1, 3, 3, 3], [1] * 8, [1, 1, 1, 1, 1, 5, 5, 5]),
    ],
)
def test_labels_stand_where_they_are_put(policy, place, process, outcome, steps_of_both):
    assert targets(policy, kind="process", place=place) == [process]
    assert targets(policy, kind="outcome", place=place) == [outcome]
    assert targets(policy, kind="both", place=place) == [steps_of_both, outcome]


def test_what_nobody_labelled_is_not_learnt_from(policy):
    some = Labelled(SEEN, "abcd\n#8", (True,))
    assert targets(policy, some, kind="process") == [[2, 2, 2, 2, 1, 5, 5, 5]]
    assert targets(policy, some, kind="outcome") == []
    assert targets(policy, Labelled(SEEN, "abcd\n#8", (), right=False), kind="process") == []
    one = Labelled(SEEN, "#8", (True,), right=False)
    assert targets(policy, one, kind="both") == [[2, 2, 0]]
    wrong = Labelled(SEEN, "ab\n#8", (False, False), right=False)
    assert targets(policy, wrong, kind="process") == [[2, 2, 0, 5, 5, 3]]


def test_sums_start_anew_with_every_unit():
    values = torch.tensor([[9.0, 1, 2, 3, 4, 5], [1, 2, 4, 8, 16, 32]])
    marks = torch.tensor([[_, _, 2, 1, 5, 3], [_, 2, 2, 2, 2, 0]])
    found = within_units(values, marks)
    assert found[0, 2:].tolist() == [2, 5, 4, 9]
    assert found[1, 1:].tolist() == [2, 6, 14, 30, 62]


def slow_loss(model, rows, scale):
    """Return the mean cross-entropy token by token, one row at a time."""
    losses = []
    for row in rows:
        logits = model(input_ids=torch.tensor([row.tokens])).logits[0]
        total, unit = 0.0, None
        for at, (token, target) in enumerate(zip(row.tokens, row.targets, strict=True)):
            if target == IGNORED:
                continue
            if target // 3 != unit:
                total, unit = 0.0, target // 3
            total += 0.0 if scale is None else logits[at - 1].log_softmax(-1)[token]
            if target % 3 == 2:
                continue
            logit = logits[at, -1] if scale is None else scale[0] * total + scale[1]
            losses.append(F.binary_cross_entropy_with_logits(logit, torch.tensor(target % 3.0)))
    return torch.stack(losses).mean()


@pytest.mark.parametrize("form", ["likelihood", "scalar"])
@pytest.mark.parametrize("kind", ["process", "outcome", "both"])
@pytest.mark.parametrize("place", ["last", "last3", "every"])
def test_the_loss_is_that_of_a_slow_reference(policy, form, kind, place):
    training = TokenRewardTraining(kind=kind, place=place, form=form)
    model = training._start(policy)
    with torch.no_grad():
        if form == "scalar":
            torch.manual_seed(0)
            torch.nn.init.normal_(model.score.weight)
            scale = None
        else:
            model.line_scale.copy_(torch.tensor([0.1, 1.5]))
            scale = model.line_scale
        other = Labelled(SEEN, "b\ncd\n#1", (False, True, True), right=False)
        rows = [row for item in (ITEM, other) for row in training.rows(policy, item)]
        found = token_labels(model, pad(rows))
        assert float(found) == pytest.approx(float(slow_loss(model, rows, scale)), abs=1e-5)


@pytest.mark.parametrize("form", ["likelihood", "scalar"])
def test_a_head_starts_from_what_it_knows_and_every_checkpoint_loads_again(policy, tmp_path, form):
    training = TokenRewardTraining(kind="both", form=form, steps=2)
    folder = training.train(policy, [ITEM], tmp_path, seed=3)
    assert training.train(policy, [ITEM], tmp_path, seed=3) == folder
    assert step_scores.kind_of(folder) == "both"
    assert list(folder.glob("*.safetensors"))
    model = step_scores.load(folder)
    assert step_scores.is_scalar(model) == (form == "scalar")
    again = training.train(policy, [ITEM], tmp_path / "again", seed=3)
    assert fingerprint(again) == fingerprint(folder)
    fresh = training._start(policy)
    if form == "scalar":
        out = fresh(input_ids=torch.tensor([[1, 20, 30]])).logits
        assert out.shape == (1, 3, 1)
        assert not out.any()


def test_a_checkpoint_is_named_by_all_that_it_learns_from(policy, tmp_path):
    variants = [
        {},
        {"kind": "outcome"},
        {"place": "every"},
        {"form": "scalar"},
        {"lr": 1e-4},
        {"tokens_per_batch": 99},
    ]
    made = [
        TokenRewardTraining(**{"kind": "both", "steps": 1, **v}).train(policy, [ITEM], tmp_path)
        for v in variants
    ]
    wrong = Labelled(SEEN, ITEM.solution, ITEM.steps, right=False)
    training = TokenRewardTraining(kind="both", steps=1)
    made += [
        training.train(policy, [wrong], tmp_path),
        training.train(policy, [ITEM], tmp_path, seed=1),
    ]
    assert len({m.name for m in made}) == len(variants) + 2


def test_nothing_labelled_is_one_line(policy, tmp_path):
    with pytest.raises(BadInput, match="no solution carries a label for an evaluator of kind 'out"):
        TokenRewardTraining(kind="outcome").train(policy, [Labelled(SEEN, "#1", (True,))], tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["likelihood", "scalar"])
def test_outcomes_alone_teach_which_answer_is_right(policy, tmp_path, form):
    problem = Problem.of("k3\n")
    good, bad = said(problem, "aaaa\n#1"), said(problem, "aaaa\n#2")
    known = [
        Labelled(SEEN, e.final.text, (), right=right) for e, right in ((good, True), (bad, False))
    ]
    training = TokenRewardTraining(kind="outcome", form=form, steps=60, lr=5e-3)
    folder = training.train(policy, known, tmp_path)
    right, wrong = asyncio.run(ProcessReward(folder, policy).judge([good, bad]))
    assert right.raw > 0.8 > 0.2 > wrong.raw


def test_outcomes_are_balanced_question_by_question():
    def some(name, right, wrong):
        seen = (Message(role="user", text=name),)
        flags = [True] * right + [False] * wrong
        return [Labelled(seen, f"{i}", (), right=f) for i, f in enumerate(flags)]

    given = [*some("a", 9, 2), *some("b", 1, 30), *some("c", 5, 4), *some("d", 7, 0)]
    unknown = Labelled(SEEN, "x", (True,))
    found = balanced([*given, unknown], random.Random(0))
    counts = {}
    for item in found:
        counts.setdefault(item.seen[0].text, [0, 0])[item.right] += 1
    assert counts == {"a": [2, 6], "b": [3, 1], "c": [4, 5]}
    assert len({(x.seen, x.solution) for x in found}) == len(found)
    assert balanced(given, random.Random(1)) != balanced(given, random.Random(2))
