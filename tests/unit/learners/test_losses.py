"""Every loss is held against a loop over floats."""

import math

import pytest
import torch

from superalign.learners.losses import line_labels, next_token, sequence_logprobs
from superalign.learners.optimise import IGNORED, Row, pad
from superalign.policies.checkpoints import load_model

ROWS = [
    Row([1, 20, 21, 22, 2], [IGNORED, IGNORED, 21, 22, 2], 1.0),
    Row([1, 30, 31], [IGNORED, 30, 31], 0.25),
    Row([1, 40, 41, 42], [IGNORED, IGNORED, IGNORED, 42], 2.0),
]


def slow_logprobs(model, row):
    """Return the log-probability of each target token, row by row, in floats."""
    with torch.inference_mode():
        logits = model(torch.tensor([row.tokens])).logits[0].tolist()
    found = []
    for i, target in enumerate(row.targets):
        if target != IGNORED:
            scores = logits[i - 1]
            top = max(scores)
            total = sum(math.exp(s - top) for s in scores)
            found.append(scores[target] - top - math.log(total))
    return found


def test_next_token_is_the_weighted_mean_over_target_tokens(policy):
    total = weight = 0.0
    for row in ROWS:
        for logprob in slow_logprobs(policy.model, row):
            total -= row.weight * logprob
            weight += row.weight
    assert next_token(policy.model, pad(ROWS)).item() == pytest.approx(total / weight, abs=1e-5)


def test_next_token_works_for_other_architectures():
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    model = GPT2LMHeadModel(
        GPT2Config(vocab_size=100, n_embd=16, n_layer=1, n_head=2, n_positions=16)
    ).eval()
    expected = -sum(sum(slow_logprobs(model, r)) * r.weight for r in ROWS)
    weight = sum(len(slow_logprobs(model, r)) * r.weight for r in ROWS)
    assert next_token(model, pad(ROWS)).item() == pytest.approx(expected / weight, abs=1e-5)


def test_sequence_logprobs_are_sums_a_row(policy):
    expected = [sum(slow_logprobs(policy.model, row)) for row in ROWS]
    assert sequence_logprobs(policy.model, pad(ROWS)).tolist() == pytest.approx(expected, abs=1e-4)


def test_line_labels_are_the_mean_cross_entropy_over_labelled_lines(tiny):
    model = load_model(tiny)
    model.line_scale = torch.tensor([0.2, 3.0])
    rows = [
        Row([1, 20, 21, 22, 23], [IGNORED, 1, 1, 2, 2]),
        Row([1, 30, 31], [IGNORED, 0, IGNORED]),
        Row([1, 40, 41, 42], [IGNORED, 1, 1, 1]),
    ]
    losses = []
    for row in rows:
        logprobs = dict(zip(learnt_places(row), slow_logprobs(model, itself(row)), strict=True))
        for target in sorted({t for t in row.targets if t != IGNORED}):
            line = sum(p for i, p in logprobs.items() if row.targets[i] == target)
            chance = 1 / (1 + math.exp(-(0.2 * line + 3.0)))
            losses.append(-math.log(chance if target % 2 else 1 - chance))
    assert len(losses) == 4
    found = line_labels(model, pad(rows)).item()
    assert found == pytest.approx(sum(losses) / 4, abs=1e-4)


def learnt_places(row):
    return [i for i, t in enumerate(row.targets) if t != IGNORED]


def itself(row):
    """Return the row with the tokens themselves as targets where it has any."""
    pairs = zip(row.tokens, row.targets, strict=True)
    return Row(row.tokens, [x if t != IGNORED else IGNORED for x, t in pairs])
