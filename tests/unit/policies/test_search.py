"""Search by the log-ratio of a small pair, against a slow one written out."""

import asyncio
import math
from copy import deepcopy
from dataclasses import replace

import pytest
import torch

from superalign.policies.decoding import Prompt, Sample, Sampling, decode
from superalign.policies.search import Searched, _Beam
from superalign.records import Message, seed_of

SEEN = (Message(role="user", text="a3\nb=a+1\nb?\n"),)


@pytest.fixture(scope="module")
def tuned(policy):
    """The same checkpoint with its weights moved."""
    found = policy.sampled()
    found.model = deepcopy(policy.model)
    with torch.no_grad():
        for i, p in enumerate(found.model.parameters()):
            p.add_(0.1 * torch.randn(p.shape, generator=torch.Generator().manual_seed(i)))
    return found


def replies(searched, n=1, seed=0):
    return asyncio.run(searched.sample(SEEN, n=n, seed=seed))


def logp(policy, tokens, ended):
    """Return log p of a reply's tokens, summed by hand."""
    prompt = policy.encode(SEEN)
    said = [*tokens, *[policy.tokenizer.eos_token_id] * ended]
    with torch.no_grad():
        logits = policy.model(torch.tensor([prompt + said])).logits[0].double().log_softmax(-1)
    return sum(float(logits[len(prompt) - 1 + k, t]) for k, t in enumerate(said))


def slowly(policy, tuned, seed, width, branches, chunk):
    """Return tokens and end of the best reply: one chunk at a time, one model call each."""
    beams = [([], False, 0.0)] * width
    for spoken in range(0, policy.sampling.max_new_tokens, chunk):
        found = []
        for i, (tokens, ended, score) in enumerate(beams):
            if ended:
                found.append((tokens, ended, score))
                continue
            for k in range(branches):
                prompt = Prompt(
                    policy.encode(SEEN) + tokens, [seed_of(seed_of(seed, spoken, i), k)]
                )
                how, pad = Sampling(max_new_tokens=chunk), policy.tokenizer.pad_token_id
                ((s,),) = decode(policy.model, [prompt], how, end=policy._ends(), pad=pad)
                more = tokens + s.tokens
                ratio = logp(tuned, more, s.ended) - logp(policy, more, s.ended)
                found.append((more, s.ended, ratio))
        beams = sorted(found, key=lambda b: -b[2])[:width]
    return beams[0]


@pytest.mark.parametrize(("width", "branches", "chunk"), [(2, 3, 4), (1, 4, 5), (3, 1, 24)])
def test_it_is_chunk_level_beam_search(policy, tuned, width, branches, chunk):
    searched = Searched(
        policy=policy, tuned=tuned, untuned=policy, width=width, branches=branches, chunk=chunk
    )
    for i, found in enumerate(replies(searched, n=2, seed=3)):
        tokens, ended, _ = slowly(policy, tuned, seed_of(3, i), width, branches, chunk)
        assert found.text == policy.tokenizer.decode(tokens)
        assert (found.stop == "end") is ended
        assert found.tokens == len(tokens) + ended
        assert found.logprob == pytest.approx(logp(policy, tokens, ended), abs=1e-3)


def test_what_it_finds_is_what_tuning_made_likelier(policy, tuned):
    def ratio(reply):
        ended = reply.stop == "end"
        return math.fsum(tuned.logprobs(SEEN, reply.text, ended=ended)) - math.fsum(
            policy.logprobs(SEEN, reply.text, ended=ended)
        )

    searched = Searched(policy=policy, tuned=tuned, untuned=policy, chunk=6)
    found = [ratio(r) for r in replies(searched, n=3)]
    plain = [ratio(r) for r in asyncio.run(policy.sample(SEEN, n=16))]
    assert min(found) > sum(plain) / 16
    assert sum(found) / 3 > sorted(plain)[12]


def test_a_pair_that_tuning_left_alone_steers_nothing(policy):
    alone = Searched(policy=policy, tuned=policy, untuned=policy, chunk=24)
    (found,) = replies(alone, seed=7)
    seed = seed_of(seed_of(seed_of(7, 0), 0, 0), 0)
    (sample,) = asyncio.run(policy.continued(policy.encode(SEEN), [seed]))
    assert found.text == policy.reply(sample).text


def test_search_i_depends_on_the_seed_and_i_alone_and_settings_change_the_name(policy, tuned):
    made = {"policy": policy, "tuned": tuned, "untuned": policy, "width": 2, "branches": 2}
    searched = Searched(**made, chunk=6)
    assert [r.text for r in replies(searched, n=3, seed=1)][:1] == [
        r.text for r in replies(searched, n=1, seed=1)
    ]
    assert len({r.text for r in replies(searched, n=3, seed=1)}) > 1
    others = [Searched(**made, chunk=7), Searched(**{**made, "width": 3}, chunk=6)]
    assert len({s.id for s in (searched, *others)}) == 3


def test_a_reply_that_ended_stays_as_it_is(policy, tuned):
    searched, ended = Searched(policy=policy, tuned=tuned, untuned=policy), Sample([5], -1.0, True)
    beam = _Beam(ended, 0.5)
    prompt = policy.encode(SEEN)
    assert asyncio.run(searched._continued(policy, SEEN, prompt, beam, 0)) == [beam]
    going = replace(beam, sample=Sample([5], -1.0, False))
    assert len(asyncio.run(searched._continued(policy, SEEN, prompt, going, 0))) == 4


def test_a_prompt_that_is_too_long_is_an_error_reply(policy, tuned):
    searched = Searched(policy=policy, tuned=tuned, untuned=policy)
    seen = [Message(role="user", text="a" * 2000)]
    (found,) = asyncio.run(searched.sample(seen))
    assert (found.stop, found.text) == ("error", "")
    assert "2001 tokens; this model reads 1024" in found.error
    short = tuned.sampled()
    short.model = deepcopy(tuned.model)
    short.model.config.max_position_embeddings = 4
    for pair in ({"tuned": short}, {"untuned": short}):
        made = {"policy": policy, "tuned": tuned, "untuned": policy, **pair}
        assert replies(Searched(**made))[0].stop == "error"
