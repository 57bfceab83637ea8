"""Models of Inspect as ours: what they say as a reply, where that ends a play, and as policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inspect_ai.model import GenerateConfig, Model, ModelOutput
from inspect_ai.scorer import Score

from superalign.critics.together import together
from superalign.policies.provider import shown
from superalign.records import Message, Reply, digest, seed_of


def reply_of(output: ModelOutput) -> Reply:
    """Return an output as a reply; an error or a filter leaves none."""
    if output.error or output.stop_reason == "content_filter":
        return Reply(text="", stop="error", error=output.error or "filtered")
    cut = output.stop_reason in ("max_tokens", "model_length")
    return Reply(text=output.completion, stop="length" if cut else "end")


def unended(output: ModelOutput) -> Score:
    """Return that a play is unscored which stopped at this output before its end."""
    return Score.unscored(explanation=reply_of(output).error or "the play was not ended")


class Role:
    """A model of Inspect as a policy; failures of a call are replies that say so."""

    def __init__(self, model: Model, **settings: Any) -> None:
        """Take the model and how it is sampled, as `GenerateConfig` has it."""
        self._model, self._settings = model, settings
        self.id = digest("inspect", str(model), settings)

    async def sample(self, seen: Sequence[Message], *, n: int = 1, seed: int = 0) -> list[Reply]:
        """Return `n` replies."""
        return await together(self._one(seen, seed_of(seed, i)) for i in range(n))

    async def _one(self, seen: Sequence[Message], seed: int) -> Reply:
        config = GenerateConfig(**self._settings, seed=seed & 0x7FFFFFFF)
        return reply_of(await self._model.generate([shown(m) for m in seen], config=config))
