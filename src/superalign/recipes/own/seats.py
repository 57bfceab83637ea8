"""Who fills the seats of a run on a user's own problems."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.policies.checkpoints import locate
from superalign.policies.local import LocalPolicy
from superalign.policies.remote import Price, RemotePolicy, is_remote
from superalign.policies.search import Searched
from superalign.recipes.own.config import OwnConfig
from superalign.records import Policy

HUB = "hf://"
"""Before a hub id whose owner is called like a provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """The models of one run."""

    learner: Policy
    critic: Policy
    attacker: Policy | None = None

    @property
    def trainable(self) -> bool:
        """Whether the learner's weights are at hand."""
        return isinstance(self.learner, LocalPolicy)

    @property
    def chats(self) -> bool:
        """Whether the learner is prompted with messages rather than with plain text."""
        speaks = self.learner.policy if isinstance(self.learner, Searched) else self.learner
        return not isinstance(speaks, LocalPolicy) or bool(speaks.tokenizer.chat_template)

    def spent(self) -> dict[str, Any]:
        """Return what the answers of each remote model took; dollars are null without a price."""
        seats = (self.learner, self.critic, self.attacker)
        return {p.model: _spent(p) for p in seats if isinstance(p, RemotePolicy)}


def fill(config: OwnConfig, cache: Path) -> Seats:
    """Open the models that `config` names; a model named twice is opened once.

    Raises:
        BadInput: If a checkpoint is not there, or a provider's name cannot be used.
    """
    named = {config.learner, config.critic, config.attacker or config.learner}
    opened = {name: _open(name, config, cache) for name in sorted(named)}
    learner: Policy = opened[config.learner]
    if config.steering and isinstance(learner, LocalPolicy):
        learner = steered(learner, config.steering)
    return Seats(
        learner=learner,
        critic=opened[config.critic],
        attacker=opened[config.attacker] if config.attacker else None,
    )


def steered(learner: LocalPolicy, by: tuple[str, str]) -> Searched:
    """Return the learner searched by what tuning changed from the second of `by` to the first.

    Raises:
        BadInput: If one of the two is no checkpoint.
    """
    tuned, untuned = (LocalPolicy(name.removeprefix(HUB)) for name in by)
    return Searched(policy=learner, tuned=tuned, untuned=untuned)


def check(config: OwnConfig) -> None:
    """Check that the checkpoints that `config` names are there; nothing is written.

    Raises:
        BadInput: If one is not, or lacks a file, or a remote learner is to be steered.
    """
    if config.steering and not is_checkpoint(config.learner):
        raise BadInput(f"'steering' needs a learner at hand; {config.learner} is remote")
    for name in filter(None, (config.learner, config.critic, config.attacker)):
        there(name)
    for name in config.steering or ():
        locate(name.removeprefix(HUB))


def there(name: str) -> None:
    """Check that who is named can sit down, as far as that can be told without opening it.

    Raises:
        BadInput: If it names a checkpoint that is not there, or lacks a file.
    """
    if is_checkpoint(name):
        locate(name.removeprefix(HUB))


def is_checkpoint(name: str) -> bool:
    """Whether `name` is that of weights, at hand or on the hub, and not a provider's model."""
    return not is_remote(name) or Path(name).is_dir()


def opened(
    name: str, cache: Path, *, temperature: float, max_tokens: int, **remote: Any
) -> LocalPolicy | RemotePolicy:
    """Open a checkpoint folder, an organism, a provider's model, or a hub id.

    Args:
        name: Who sits there.
        cache: SQLite file of a remote model's replies.
        temperature: Of sampling.
        max_tokens: Tokens per reply, at most.
        remote: Further arguments of `RemotePolicy`, for a provider's model.

    Raises:
        BadInput: If a checkpoint is not there, or a provider's name cannot be used.
    """
    if is_checkpoint(name):
        checkpoint = name.removeprefix(HUB)
        return LocalPolicy(checkpoint, temperature=temperature, max_new_tokens=max_tokens)
    return RemotePolicy(name, cache=cache, temperature=temperature, max_tokens=max_tokens, **remote)


def _open(name: str, config: OwnConfig, cache: Path) -> LocalPolicy | RemotePolicy:
    price = config.prices.get(name)
    return opened(
        name,
        cache,
        temperature=config.temperature,
        max_tokens=config.max_tokens,
        base_url=config.base_url,
        concurrency=config.concurrency,
        per_minute=config.per_minute,
        retries=config.retries,
        timeout=config.timeout,
        price=Price(prompt=price[0], completion=price[1]) if price else None,
    )


def _spent(policy: RemotePolicy) -> dict[str, Any]:
    return {
        **policy.spent._asdict(),
        "dollars": policy.dollars,
        "failed": policy.calls.failed,
    }
