"""Any `transformers` causal language model on this machine.

Concurrent requests are gathered into batches of like length; the `n` samples of one request share
the prompt's prefill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.policies.batching import Batcher
from superalign.policies.checkpoints import fingerprint, load_model, load_tokenizer, locate
from superalign.policies.decoding import Prompt, Sample, Sampling, decode
from superalign.policies.step_search import Piece, Stop
from superalign.policies.steps import reply_tokens
from superalign.records import Message, Reply, digest, seed_of


class LocalPolicy:
    """A checkpoint that speaks."""

    def __init__(
        self,
        checkpoint: str | Path,
        *,
        temperature: float = 1.0,
        top_p: float = 1.0,
        max_new_tokens: int = 256,
        rows: int = 256,
    ) -> None:
        """Name a checkpoint by folder, organism or hub id; weights load at first use.

        `rows` bounds how many samples are decoded at once.
        """
        self.folder = locate(checkpoint)
        self.sampling = Sampling(
            temperature=temperature, top_p=top_p, max_new_tokens=max_new_tokens
        )
        self.rows = rows
        self._batcher: Batcher[Prompt, list[Sample]] = Batcher(
            self._decode, rows=rows, cost=lambda p: len(p.tokens), width=lambda p: len(p.seeds)
        )

    @cached_property
    def id(self) -> str:
        """Digest of weights and sampling settings."""
        return digest(fingerprint(self.folder), asdict(self.sampling))

    @cached_property
    def model(self) -> Any:
        """The weights, loaded once."""
        return load_model(self.folder)

    @cached_property
    def tokenizer(self) -> Any:
        """The fast tokenizer, loaded once."""
        return load_tokenizer(self.folder)

    def at(self, checkpoint: Path) -> LocalPolicy:
        """Return a policy with these sampling settings and other weights."""
        return LocalPolicy(checkpoint, rows=self.rows, **asdict(self.sampling))

    def sampled(self, **changes: Any) -> LocalPolicy:
        """Return a policy with the same weights, loaded once, and other sampling settings."""
        other = LocalPolicy(self.folder, rows=self.rows, **{**asdict(self.sampling), **changes})
        other.__dict__.update(model=self.model, tokenizer=self.tokenizer)
        return other

    def encode(self, seen: Sequence[Message]) -> list[int]:
        """Return the tokens of a prompt, by the chat template if the tokenizer has one.

        Without a template the messages are joined as they are. Text that spells a special token,
        for instance a role marker, is read as text; under a template, which cannot tell, it is
        broken up by a space of no width.

        Raises:
            BadInput: If a message has pictures, sounds or files, which a checkpoint cannot read.
        """
        if any(m.media for m in seen):
            raise BadInput("checkpoints here read text alone; they cannot be shown media")
        if self.tokenizer.chat_template:
            chat = [{"role": m.role, "content": self._as_text(m.text)} for m in seen]
            return list(
                self.tokenizer.apply_chat_template(
                    chat,
                    add_generation_prompt=True,
                    return_dict=True,
                    tokenizer_kwargs={"verbose": False},
                )["input_ids"]
            )
        text = "".join(m.text for m in seen)
        return list(self.tokenizer(text, split_special_tokens=True, verbose=False)["input_ids"])

    def _as_text(self, text: str) -> str:
        for token in self._markers:
            text = text.replace(token, f"{token[0]}\u200b{token[1:]}")
        return text

    @cached_property
    def _markers(self) -> list[str]:
        """What spells a special token of this tokenizer, the longest first."""
        added = self.tokenizer.added_tokens_decoder.values()
        special = {str(t.content) for t in added if t.special and len(t.content) > 1}
        return sorted(special, key=len, reverse=True)

    async def sample(self, seen: Sequence[Message], *, n: int = 1, seed: int = 0) -> list[Reply]:
        """Return `n` replies; sample `i` depends on (seed, i) alone.

        A prompt longer than the model reads has error replies, and nothing is decoded.
        """
        tokens = self.encode(seen)
        if why := self.too_long(tokens):
            return [Reply(text="", stop="error", error=why)] * n
        samples = await self.continued(tokens, [seed_of(seed, i) for i in range(n)])
        return [self.reply(s) for s in samples]

    async def extend(
        self,
        seen: Sequence[Message],
        begun: str,
        *,
        n: int = 1,
        seed: int = 0,
        to_end: bool = False,
    ) -> list[Piece]:
        """Return `n` ways to go on with the reply `begun`, to the next line's end or `to_end`.

        Sample `i` depends on (seed, i) alone; all share the prefill of prompt and `begun`. What
        is longer than the model reads goes on with nothing.
        """
        tokens = [*self.encode(seen), *reply_tokens(self.tokenizer, begun)]
        if self.too_long(tokens):
            return [Piece("", "length")] * n
        stop = frozenset[int]() if to_end else self._line_ends
        samples = await self.continued(tokens, [seed_of(seed, i) for i in range(n)], stop)
        return [Piece(self._text(s), _stop(s)) for s in samples]

    async def continued(
        self, tokens: Sequence[int], seeds: Sequence[int], stop: frozenset[int] = frozenset()
    ) -> list[Sample]:
        """Return what follows `tokens`, once for each seed, up to a token of `stop`.

        It is made in parts of at most `rows`, so that memory does not grow with their number.
        """
        samples: list[Sample] = []
        for start in range(0, len(seeds), self.rows):
            part = seeds[start : start + self.rows]
            samples += await self._batcher.submit(Prompt(tokens, part, stop))
        return samples

    @cached_property
    def _line_ends(self) -> frozenset[int]:
        """The tokens that hold a line's end."""
        known = self.tokenizer.batch_decode([[i] for i in range(len(self.tokenizer))])
        return frozenset(i for i, text in enumerate(known) if "\n" in text)

    def too_long(self, tokens: Sequence[int]) -> str | None:
        """Return why a prompt cannot be read, or None if the model was made to read as much."""
        longest = getattr(self.model.config, "max_position_embeddings", None) or len(tokens)
        if len(tokens) <= longest:
            return None
        return f"the prompt has {len(tokens)} tokens; this model reads {longest}"

    def _decode(self, prompts: Sequence[Prompt]) -> list[list[Sample]]:
        pad = self.tokenizer.pad_token_id
        return decode(self.model, prompts, self.sampling, end=self._ends(), pad=pad)

    def _ends(self) -> list[int]:
        """Return the ids that end a reply."""
        config = getattr(self.model, "generation_config", None)
        ends = getattr(config, "eos_token_id", None) or self.tokenizer.eos_token_id
        return [ends] if isinstance(ends, int) else list(ends or [])

    def reply(self, sample: Sample) -> Reply:
        """Return a sample as text."""
        return Reply(
            text=self._text(sample),
            stop="end" if sample.ended else "length",
            tokens=len(sample.tokens) + sample.ended,
            logprob=sample.logprob,
        )

    def _text(self, sample: Sample) -> str:
        text = self.tokenizer.decode(
            sample.tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return str(text)

    def logprobs(self, seen: Sequence[Message], text: str, *, ended: bool = False) -> list[float]:
        """Return the log-probability of each token of `text` after `seen`, in nats.

        With `ended` that of the end token comes last.
        """
        import torch

        prompt = self.encode(seen)
        said = [*reply_tokens(self.tokenizer, text), *[self.tokenizer.eos_token_id] * ended]
        ids = torch.tensor([prompt + said], device=self.model.device)
        with torch.inference_mode():
            logits_TV = self.model(input_ids=ids).logits[0, len(prompt) - 1 : -1].float()
        picked = ids[0, len(prompt) :, None]
        return torch.log_softmax(logits_TV, -1).gather(1, picked).squeeze(1).tolist()


def _stop(sample: Sample) -> Stop:
    if sample.stopped:
        return "line"
    return "end" if sample.ended else "length"
