"""Decoding is held against one full forward pass a token, without cache, padding or batch."""

import random
from itertools import chain

import numpy as np
import pytest
import torch

from superalign.policies import decoding
from superalign.policies.decoding import Prompt, Sampling, _nucleus, decode

END, PAD = [2], 0
LENGTHS = (1, 3, 9, 17)


@pytest.fixture(scope="module")
def model(policy):
    return policy.model


def prompts(samples=3):
    rng = random.Random(0)
    return [
        Prompt(
            [1, *(rng.randrange(4, 99) for _ in range(length))],
            [100 * length + i for i in range(samples)],
        )
        for length in LENGTHS
    ]


def slow(model, tokens, seed, sampling):
    """Sample one reply by the definition: inverse transform of the whole distribution."""
    uniform = np.random.default_rng(seed).random(sampling.max_new_tokens)
    said, logprob = [], 0.0
    for u in uniform:
        with torch.inference_mode():
            logits = model(torch.tensor([[*tokens, *said]])).logits[0, -1].double().numpy()
        plain = np.exp(logits - logits.max())
        plain /= plain.sum()
        picked = pick(plain, logits, u, sampling)
        logprob += float(np.log(plain[picked]))
        if picked in END:
            return said, logprob, True
        said.append(picked)
    return said, logprob, False


def pick(plain, logits, u, sampling):
    if sampling.temperature == 0:
        return int(logits.argmax())
    heated = plain ** (1 / sampling.temperature)
    heated /= heated.sum()
    kept, mass = set(), 0.0
    for token in np.argsort(-heated):
        if mass >= sampling.top_p:
            break
        kept.add(int(token))
        mass += heated[token]
    point, so_far = u * sum(heated[t] for t in kept), 0.0
    for token in sorted(kept):
        so_far += heated[token]
        if so_far > point:
            return token
    return max(kept)


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(max_new_tokens=30),
        Sampling(temperature=0.6, max_new_tokens=30),
        Sampling(temperature=1.3, top_p=0.8, max_new_tokens=30),
        Sampling(temperature=0, max_new_tokens=30),
    ],
    ids=str,
)
def test_a_batch_says_what_the_slow_definition_says(model, sampling):
    found = decode(model, prompts(), sampling, end=END, pad=PAD)
    for prompt, samples in zip(prompts(), found, strict=True):
        for seed, sample in zip(prompt.seeds, samples, strict=True):
            tokens, logprob, ended = slow(model, prompt.tokens, seed, sampling)
            assert (sample.tokens, sample.ended) == (tokens, ended)
            assert sample.logprob == pytest.approx(logprob, abs=1e-4)


def test_a_sample_is_the_same_alone_and_in_any_company(model):
    sampling = Sampling(max_new_tokens=60)
    together = decode(model, prompts(6), sampling, end=END, pad=PAD)
    backwards = decode(model, prompts(6)[::-1], sampling, end=END, pad=PAD)[::-1]
    alone = [
        [decode(model, [Prompt(p.tokens, [s])], sampling, end=END, pad=PAD)[0][0] for s in p.seeds]
        for p in prompts(6)
    ]
    said = [[s.tokens for s in samples] for samples in together]
    assert said == [[s.tokens for s in samples] for samples in alone]
    assert said == [[s.tokens for s in samples] for samples in backwards]
    assert len({tuple(t) for samples in said for t in samples}) > 20


def watched(monkeypatch):
    """Return a list that fills with the number of rows of each forward pass after the prefill."""
    rows, forward = [], decoding._Rows._forward

    def watch(self, tokens):
        rows.append(len(tokens))
        forward(self, tokens)

    monkeypatch.setattr(decoding._Rows, "_forward", watch)
    return rows


def test_the_fixture_exercises_padding_and_rows_that_part_and_leave(model, monkeypatch):
    rows = watched(monkeypatch)
    found = decode(model, prompts(6), Sampling(max_new_tokens=60), end=END, pad=PAD)
    lengths = [len(s.tokens) for samples in found for s in samples if s.ended]
    assert 6 < max(rows) <= 24
    assert rows[-1] < max(rows)
    assert len(set(lengths)) > 4


def test_samples_that_have_said_the_same_are_one_row(model, monkeypatch):
    rows = watched(monkeypatch)
    prompt = prompts(6)[0]
    seeds = [prompt.seeds[0]] * 5 + [prompt.seeds[1]]
    sampling = Sampling(max_new_tokens=60)
    (found,) = decode(model, [Prompt(prompt.tokens, seeds)], sampling, end=END, pad=PAD)
    assert max(rows) == 2
    assert [s.tokens for s in found[:5]] == [found[0].tokens] * 5
    assert found[5].tokens != found[0].tokens
    one = decode(model, [Prompt(prompt.tokens, seeds[:1])], sampling, end=END, pad=PAD)[0][0]
    assert found[0].tokens == one.tokens
    rows.clear()
    decode(model, [prompt], Sampling(temperature=0.0, max_new_tokens=9), end=END, pad=PAD)
    assert set(rows) <= {1}


def test_compaction_changes_nothing(model, monkeypatch):
    first = decode(model, prompts(6), Sampling(max_new_tokens=60), end=END, pad=PAD)
    monkeypatch.setattr(decoding, "COMPACT_BELOW", 0.0)
    never = decode(model, prompts(6), Sampling(max_new_tokens=60), end=END, pad=PAD)
    assert [[s.tokens for s in x] for x in first] == [[s.tokens for s in x] for x in never]
    for one, other in zip(chain(*first), chain(*never), strict=True):
        assert one.logprob == pytest.approx(other.logprob, abs=1e-4)


def test_temperature_zero_equals_greedy_generation_by_transformers(model):
    for prompt in prompts(1):
        (found,) = decode(
            model, [prompt], Sampling(temperature=0, max_new_tokens=40), end=END, pad=PAD
        )[0]
        ids = torch.tensor([prompt.tokens])
        with torch.inference_mode():
            out = model.generate(
                ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=40,
                eos_token_id=END, pad_token_id=PAD,
            )[0, len(prompt.tokens) :].tolist()  # fmt: skip
        assert found.tokens + END * found.ended == out


def test_frequencies_follow_the_distribution(model):
    (samples,) = decode(
        model, [Prompt([1, 20, 30], range(3000))], Sampling(max_new_tokens=1), end=END, pad=PAD
    )
    with torch.inference_mode():
        expected = torch.softmax(model(torch.tensor([[1, 20, 30]])).logits[0, -1], -1)
    counts = np.bincount([s.tokens[0] if s.tokens else END[0] for s in samples], minlength=100)
    for token in expected.topk(5).indices.tolist():
        share = float(expected[token])
        assert abs(counts[token] / 3000 - share) < 4 * (share * (1 - share) / 3000) ** 0.5


def test_the_nucleus_keeps_the_smallest_set_that_holds_the_mass():
    probs = torch.tensor([[0.1, 0.5, 0.15, 0.25], [0.97, 0.01, 0.01, 0.01]])
    kept = _nucleus(probs, 0.7) > 0
    assert kept.tolist() == [[False, True, False, True], [True, False, False, False]]
    assert (_nucleus(probs, 0.0) > 0).sum(1).tolist() == [1, 1]


def test_the_nucleus_leaves_the_tail_unsaid(model):
    (samples,) = decode(
        model,
        [Prompt([1, 20], range(500))],
        Sampling(top_p=0.5, max_new_tokens=1),
        end=END,
        pad=PAD,
    )
    with torch.inference_mode():
        probs = torch.softmax(model(torch.tensor([[1, 20]])).logits[0, -1], -1)
    ordered, order = probs.sort(descending=True)
    allowed = set(order[: int((ordered.cumsum(0) < 0.5).sum()) + 1].tolist())
    said = {s.tokens[0] if s.tokens else END[0] for s in samples}
    assert said <= allowed
    assert len(said) > 1


def test_a_reply_that_runs_out_of_tokens_has_not_ended(model):
    found = decode(model, prompts(), Sampling(max_new_tokens=2), end=[99], pad=PAD)
    assert all(len(s.tokens) == 2 or 99 in s.tokens or s.ended for x in found for s in x)
    assert any(not s.ended for x in found for s in x)


def test_any_of_several_end_tokens_ends_a_reply(model):
    ends = list(range(4, 60))
    found = decode(model, prompts(8), Sampling(max_new_tokens=50), end=ends, pad=PAD)
    assert all(not set(s.tokens) & set(ends) for x in found for s in x)
    assert sum(s.ended for x in found for s in x) > 20


def test_padding_does_not_shift_a_model_with_absolute_positions():
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    shape = GPT2Config(vocab_size=100, n_embd=16, n_layer=1, n_head=2, n_positions=64)
    absolute = GPT2LMHeadModel(shape).eval()
    with torch.no_grad():
        absolute.transformer.wpe.weight.mul_(40)
    sampling = Sampling(max_new_tokens=12)
    for prompt, samples in zip(
        prompts(2), decode(absolute, prompts(2), sampling, end=END, pad=PAD), strict=True
    ):
        for seed, sample in zip(prompt.seeds, samples, strict=True):
            assert sample.tokens == slow(absolute, prompt.tokens, seed, sampling)[0]
