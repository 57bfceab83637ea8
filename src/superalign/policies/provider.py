"""The one door to remote models: Inspect's model API, behind it every provider it knows."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from superalign.errors import BadInput
from superalign.policies.replies import Paid
from superalign.records import Media, Message, Reply

if TYPE_CHECKING:
    from inspect_ai.model import ChatMessage, Content, Model, ModelOutput

PROVIDERS = frozenset({
    "anthropic", "azureai", "bedrock", "cloudflare", "deepseek", "fireworks", "google", "grok",
    "groq", "hf-inference-providers", "llama-cpp-python", "meta", "mistral", "moonshot", "ollama",
    "openai", "openai-api", "openrouter", "perplexity", "sagemaker", "sambanova", "sglang",
    "together", "vllm",
})  # fmt: skip
"""What a model name may begin with to be remote; `org/name` otherwise is a hub id."""

SERVERS = ("vllm", "sglang")
"""Providers whose client would start a server of its own if it were not told where one is."""

TIMED_OUT = "timed out"
"""What the message of a request begins with that took longer than it may."""

KEYLESS = "none"
"""The key shown to an endpoint of the user's own when OPENAI_API_KEY is unset."""


class RequestError(Exception):
    """A request that brought no usable answer; its message is one line."""

    def __init__(
        self, why: str, *, again: bool, after: float | None = None, endpoint: bool = True
    ) -> None:
        """Say why, and what it means for the requests that follow.

        Args:
            why: One line.
            again: Whether asking again may help.
            after: Seconds the endpoint asks to be left alone.
            endpoint: Whether the endpoint is at fault rather than this one prompt.
        """
        super().__init__(why)
        self.again, self.after, self.endpoint = again, after, endpoint


def connect(name: str, *, base_url: str | None, timeout: int, concurrency: int) -> Model:
    """Return a client for `provider/model`; nothing is sent yet.

    `openai/NAME` with a base URL speaks the plain chat completions protocol, which every
    compatible server has. Retries are ours: the client makes one attempt.

    Raises:
        BadInput: If the extra is not installed, the provider is unknown or its key is missing.
    """
    try:
        from inspect_ai.model import GenerateConfig, get_model
    except ModuleNotFoundError as error:
        raise BadInput(
            f"{name}: remote models need more packages: pip install 'superalign[remote]'"
        ) from error
    config = GenerateConfig(max_retries=0, attempt_timeout=timeout, max_connections=concurrency)
    provider, _, model = name.partition("/")
    own: dict[str, Any] = {}
    if provider in SERVERS and not (base_url or os.environ.get(f"{provider.upper()}_BASE_URL")):
        raise BadInput(f"{name}: say where the server listens with a base URL")
    if provider == "openai" and base_url:
        name = f"openai-api/superalign/{model}"
        own = {"api_key": os.environ.get("OPENAI_API_KEY") or KEYLESS, "max_retries": 0}
    try:
        return get_model(name, config=config, base_url=base_url, memoize=False, **own)
    except Exception as error:
        raise BadInput(f"{provider}/{model}: {one_line(error)}") from error


async def ask(model: Model, seen: Sequence[Message], *, settings: dict[str, Any]) -> Paid:
    """Send one request and return what came back.

    Raises:
        RequestError: If nothing usable did, whatever the provider's client raised.
    """
    from inspect_ai.model import GenerateConfig

    try:
        output = await model.generate([shown(m) for m in seen], config=GenerateConfig(**settings))
    except Exception as error:
        raise _failure(model, error) from error
    if output.error:
        raise RequestError(one_line(output.error), again=False, endpoint=False)
    if not output.choices:
        raise RequestError("the answer holds no choices", again=True)
    return _paid(output)


def one_line(error: object) -> str:
    """Return what an error says as one line without console markup, at most 200 characters."""
    said = str(getattr(error, "message", "") or error) or type(error).__name__
    plain = re.sub(r"\[/?[a-z ]+\]|<[^>]*>", " ", said)
    line = re.sub(r"^ERROR ?: ?", "", " ".join(plain.split()))
    return line if len(line) <= 200 else line[:199] + "…"


def shown(message: Message) -> ChatMessage:
    """Return a message as Inspect has it; pictures, sounds and clips stand behind the text.

    Raises:
        BadInput: If something else is attached, or a sound or clip is of a format unknown there.
    """
    from inspect_ai.model import (
        ChatMessageAssistant,
        ChatMessageSystem,
        ChatMessageUser,
        ContentText,
    )

    if message.role == "system":
        return ChatMessageSystem(content=message.text)
    if message.role == "assistant":
        return ChatMessageAssistant(content=message.text)
    if not message.media:
        return ChatMessageUser(content=message.text)
    return ChatMessageUser(content=[ContentText(text=message.text), *map(_attached, message.media)])


def _attached(media: Media) -> Content:
    from inspect_ai.model import ContentAudio, ContentImage, ContentVideo

    match media.kind, media.mime:
        case "image", _:
            return ContentImage(image=media.uri)
        case "audio", "audio/wav":
            return ContentAudio(audio=media.uri, format="wav")
        case "audio", "audio/mpeg":
            return ContentAudio(audio=media.uri, format="mp3")
        case "video", "video/mp4":
            return ContentVideo(video=media.uri, format="mp4")
    raise BadInput(f"remote models are shown no {media.kind} of type {media.mime or 'unknown'}")


def _failure(model: Model, error: Exception) -> RequestError:
    """Classify what a provider's client raised."""
    cause = _cause(error)
    if isinstance(cause, TypeError | ValueError | AttributeError | LookupError):
        return RequestError(f"the answer is no chat completion ({one_line(cause)})", again=True)
    if isinstance(cause, TimeoutError) or "Timeout" in type(cause).__name__:
        return RequestError(f"{TIMED_OUT}: {one_line(cause)}", again=True)
    decision = model.api.should_retry(cause)
    status = getattr(cause, "status_code", None)
    return RequestError(
        one_line(cause),
        again=bool(decision),
        after=getattr(decision, "retry_after", None),
        endpoint=status not in (400, 413, 422),
    )


def _cause(error: Exception) -> Exception:
    """Return what a client's wrappers wrap: the provider's own error, where there is one."""
    last = getattr(error, "last_attempt", None)
    inner = error.__cause__ if last is None else last.exception()
    wrapped = isinstance(inner, Exception) and (last or hasattr(inner, "status_code"))
    return _cause(inner) if wrapped and isinstance(inner, Exception) else error


def _paid(output: ModelOutput) -> Paid:
    usage = output.usage
    written = usage.output_tokens if usage else None
    read = usage.total_tokens - usage.output_tokens if usage else 0
    match output.stop_reason:
        case "max_tokens" | "model_length":
            reply = Reply(text=output.completion, stop="length", tokens=written)
        case "content_filter":
            reply = Reply(text=output.completion, stop="refused", tokens=written)
        case _:
            reply = Reply(text=output.completion, tokens=written)
    return Paid(reply=reply, prompt_tokens=read, completion_tokens=written or 0)
