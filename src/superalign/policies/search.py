"""Weak-to-strong search: a small model's tuning steers what a large frozen one says.

Zhou et al. (NeurIPS 2024, arXiv 2405.19262): beam search over chunks of text, in which the large
model proposes and log pi_tuned - log pi_untuned of a small pair decides. Nothing large is trained,
and only texts pass between the models, so their tokenizers may differ.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass

from superalign.policies.decoding import Sample
from superalign.policies.local import LocalPolicy
from superalign.records import Message, Reply, digest, seed_of


@dataclass(frozen=True, slots=True)
class _Beam:
    """A reply so far, and by how much tuning made it likelier."""

    sample: Sample
    score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """A policy whose replies are searched for."""

    policy: LocalPolicy
    """Proposes; its `max_new_tokens`, rounded up to whole chunks, bound a reply."""
    tuned: LocalPolicy
    untuned: LocalPolicy
    """What `tuned` was trained from."""
    width: int = 4
    """Replies that are kept after each chunk: W of the paper."""
    branches: int = 4
    """Chunks proposed to continue each of them: K."""
    chunk: int = 30
    """Tokens of a chunk: L. As long as a whole reply it is best of `width * branches`."""

    @property
    def id(self) -> str:
        """Digest of the three models and the settings."""
        models = [m.id for m in (self.policy, self.tuned, self.untuned)]
        return digest("searched", models, self.width, self.branches, self.chunk)

    async def sample(self, seen: Sequence[Message], *, n: int = 1, seed: int = 0) -> list[Reply]:
        """Return the best reply of each of `n` searches; search `i` depends on (seed, i) alone.

        A prompt longer than one of the models reads has error replies.
        """
        for model in (self.tuned, self.untuned, self.policy):
            if why := model.too_long(tokens := model.encode(seen)):
                return [Reply(text="", stop="error", error=why)] * n
        proposer = self.policy.sampled(max_new_tokens=self.chunk)
        searches = [self._search(proposer, seen, tokens, seed_of(seed, i)) for i in range(n)]
        return [self.policy.reply(beam.sample) for beam in await asyncio.gather(*searches)]

    async def _search(
        self, proposer: LocalPolicy, seen: Sequence[Message], prompt: list[int], seed: int
    ) -> _Beam:
        beams = [_Beam(Sample([], 0.0, False))] * self.width
        for spoken in range(0, self.policy.sampling.max_new_tokens, self.chunk):
            asked = [
                self._continued(proposer, seen, prompt, beam, seed_of(seed, spoken, i))
                for i, beam in enumerate(beams)
            ]
            found = [beam for part in await asyncio.gather(*asked) for beam in part]
            beams = sorted(found, key=lambda beam: -beam.score)[: self.width]
            if all(beam.sample.ended for beam in beams):
                break
        return beams[0]

    async def _continued(
        self,
        proposer: LocalPolicy,
        seen: Sequence[Message],
        prompt: list[int],
        beam: _Beam,
        seed: int,
    ) -> list[_Beam]:
        """Return a beam with each of its continuations, scored as a whole; an ended one stays."""
        if beam.sample.ended:
            return [beam]
        seeds = [seed_of(seed, i) for i in range(self.branches)]
        chunks = await proposer.continued([*prompt, *beam.sample.tokens], seeds)
        return [self._scored(seen, _joined(beam.sample, chunk)) for chunk in chunks]

    def _scored(self, seen: Sequence[Message], sample: Sample) -> _Beam:
        text = self.policy.reply(sample).text
        tuned, untuned = (
            math.fsum(model.logprobs(seen, text, ended=sample.ended))
            for model in (self.tuned, self.untuned)
        )
        return _Beam(sample, tuned - untuned)


def _joined(sample: Sample, chunk: Sample) -> Sample:
    return Sample([*sample.tokens, *chunk.tokens], sample.logprob + chunk.logprob, chunk.ended)
