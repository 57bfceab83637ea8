"""What a run on a user's own problems can be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from annotated_types import Ge, Gt, Le

from superalign.critics.standards import RIGHT
from superalign.problems.answers import Mode
from superalign.problems.files import Columns
from superalign.problems.imports import Format
from superalign.records import Record


class OwnConfig(Record):
    """The problems, who takes part, and how much is asked of them."""

    problems: str
    """JSONL, JSON or CSV file, or a data set's folder or hub name."""
    learner: str
    """Checkpoint folder, organism, hub id, or `openai/NAME`.

    `hf://owner/name` is always a hub id, also where a provider is called like the owner.
    """
    steering: tuple[str, str] | None = None
    """A small checkpoint that was tuned and the one it was tuned from: what changed between them
    steers a local learner, which then is not trained (`policies/search.py`)."""
    critic: str
    attacker: str | None = None
    """Rewrites problems; without one the problems themselves are the attack."""
    base_url: str | None = None
    """Where an OpenAI-compatible server listens."""
    columns: Columns | None = None
    mode: Mode | None = None
    """How answers are compared with the file's, where it has any; detected if None."""
    format: Format | None = None
    """Which known format the problems are in; told by their content if None, `rows` is none."""
    split: str = "test"
    limit: Annotated[int, Ge(1)] | None = None
    """Problems to read, at most."""
    standard: str = RIGHT
    """What makes a reply good, in words for the critic, or the name of a preset of standards."""
    samples: Annotated[int, Ge(1)] = 4
    """Answers per problem."""
    looks: Annotated[int, Ge(1)] = 3
    """Samples of the critic per answer."""
    rounds: Annotated[int, Ge(1)] = 1
    turns: Annotated[int, Ge(1), Le(3)] = 1
    """Revisions of a failed answer, at most; the best is kept."""
    gap: Annotated[float, Gt(0.0), Le(1.0)] = 0.2
    """Difference in the critic's score from which one answer is preferred to another."""
    temperature: Annotated[float, Ge(0.0)] = 0.7
    max_tokens: Annotated[int, Ge(1)] = 1024
    seed: Annotated[int, Ge(0)] = 0
    concurrency: Annotated[int, Ge(1)] = 8
    """Requests in flight to each remote model."""
    per_minute: Annotated[float, Gt(0)] | None = None
    """Requests begun per minute to each remote model, at most."""
    retries: Annotated[int, Ge(0)] = 4
    timeout: Annotated[int, Ge(1)] = 120
    """Seconds an attempt at a remote model may take."""
    prices: Mapping[str, tuple[float, float]] = {}
    """Dollars per million prompt and completion tokens, by model name."""

    def identity(self) -> dict[str, object]:
        """Return what results depend on; how fast and at what price they come may change.

        How the file was read shows in the problems, which name a run's content.
        """
        manner = {"format", "seed", "concurrency", "per_minute", "retries", "timeout", "prices"}
        return {"recipe": "own", **self.model_dump(mode="json", exclude=manner)}
