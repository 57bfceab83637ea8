"""Our own models as a provider of Inspect: `--model superalign/NAME`, offline.

A name is an organism, a checkpoint folder or a hub id, as everywhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inspect_ai.model import modelapi

from superalign.errors import BadInput

if TYPE_CHECKING:
    from inspect_ai.model import ModelAPI


@modelapi(name="superalign")
def superalign() -> type[ModelAPI]:
    """Return the provider, whose heavy imports wait until it is used."""
    from inspect_ai.model import GenerateConfig, ModelAPI, ModelOutput, ModelUsage

    from superalign.policies.local import LocalPolicy
    from superalign.records import Message, seed_of

    class Local(ModelAPI):
        """A checkpoint on this machine; concurrent requests are decoded in batches."""

        def __init__(
            self,
            model_name: str,
            base_url: str | None = None,
            api_key: str | None = None,
            config: GenerateConfig = GenerateConfig(),  # noqa: B008 - Inspect's own signature
            **_: Any,
        ) -> None:
            super().__init__(model_name, base_url, api_key, [], config)
            self._policies: dict[tuple[float, int], LocalPolicy] = {}

        def max_connections(self) -> int:
            return 256

        async def generate(
            self, input: list[Any], tools: list[Any], tool_choice: Any, config: GenerateConfig
        ) -> ModelOutput:
            heat = 1.0 if config.temperature is None else config.temperature
            policy = self._policy(heat, config.max_tokens or 256)
            seen = [Message(role=_role(m.role), text=_text(m)) for m in input]
            reply = (await policy.sample(seen, seed=seed_of(config.seed or 0)))[0]
            if reply.stop == "error":
                output = ModelOutput.from_content(
                    self.model_name, "", stop_reason="model_length", error=reply.error
                )
            else:
                cut = reply.stop == "length"
                output = ModelOutput.from_content(
                    self.model_name, reply.text, stop_reason="max_tokens" if cut else "stop"
                )
            read, written = len(policy.encode(seen)), reply.tokens or 0
            output.usage = ModelUsage(
                input_tokens=read, output_tokens=written, total_tokens=read + written
            )
            return output

        def _policy(self, temperature: float, tokens: int) -> LocalPolicy:
            key = temperature, tokens
            if key not in self._policies:
                self._policies[key] = LocalPolicy(
                    self.model_name, temperature=temperature, max_new_tokens=tokens
                )
            return self._policies[key]

    return Local


def _text(message: Any) -> str:
    """Return what a message says.

    Raises:
        BadInput: If it shows something as well, which a checkpoint here cannot see or hear.
    """
    if not isinstance(message.content, str) and any(
        part.type in ("image", "audio", "video", "document") for part in message.content
    ):
        raise BadInput("checkpoints here read text alone; they cannot be shown media")
    return str(message.text)


def _role(role: str) -> Any:
    """Return the role as a message of ours has it; a tool's result is the user's."""
    return role if role in ("system", "assistant") else "user"
