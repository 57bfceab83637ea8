"""A trained reward model as a critic: the chance that a reply is good, from its reward."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from superalign.critics.weighing import sigmoid
from superalign.errors import BadInput
from superalign.policies import rewards
from superalign.policies.checkpoints import fingerprint
from superalign.policies.local import LocalPolicy
from superalign.policies.steps import tokens_and_starts
from superalign.records import Episode, Outcome, Verdict, digest


class RewardModel:
    """Passes replies whose reward is above the middle between good and bad ones in training.

    A Bradley-Terry model knows differences of rewards alone; its zero was put, at the end of
    training, half way between the replies that were preferred and those that were not. So `raw`
    is a chance to be calibrated, and `confidence` is null. It names no defects.
    """

    def __init__(
        self, checkpoint: Path, *, threshold: float = 0.5, tokens_per_batch: int = 16384
    ) -> None:
        """Score with `checkpoint`, which `learners.reward` trained.

        Raises:
            BadInput: If it is no reward checkpoint.
        """
        form = rewards.form_of(checkpoint)
        if form is None:
            raise BadInput(f"{checkpoint}: is no reward model, config.json has no field 'reward'")
        self.folder, self.form, self.threshold = checkpoint, form, threshold
        self.tokens_per_batch, self.reader = tokens_per_batch, LocalPolicy(checkpoint)

    @cached_property
    def id(self) -> str:
        """Digest of weights and threshold."""
        return digest("reward", fingerprint(self.folder), self.threshold)

    @cached_property
    def model(self) -> Any:
        """The weights, loaded once."""
        return rewards.load(self.folder, self.form)

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return a verdict per episode; a reply that was cut off or is empty is unscored."""
        readable = [e for e in episodes if e.final.stop == "end" and e.final.text]
        found = dict(zip([e.id for e in readable], await self.score(readable), strict=True))
        return [self._verdict(found.get(e.id)) for e in episodes]

    async def score(self, episodes: Sequence[Episode]) -> list[float]:
        """Return the reward of each final reply, in nats of odds."""
        texts = [self._text(e) for e in episodes]
        tokens = self.tokens_per_batch
        return await asyncio.to_thread(
            lambda: rewards.score(self.model, self.form, texts, tokens) if texts else []
        )

    def _text(self, episode: Episode) -> rewards.Text:
        prompt = self.reader.encode(episode.moves[-1].seen)
        said, _ = tokens_and_starts(self.reader.tokenizer, episode.final.text)
        end = self.reader.tokenizer.eos_token_id
        return rewards.Text([*prompt, *said, end], len(prompt))

    def _verdict(self, reward: float | None) -> Verdict:
        if reward is None:
            return Verdict(critic=self.id, outcome=Outcome.UNSCORED, kind="unreadable")
        right = sigmoid(reward)
        passed = right >= self.threshold
        return Verdict(
            critic=self.id,
            outcome=Outcome.of(passed),
            raw=right,
            scores={"right": right},
        )
