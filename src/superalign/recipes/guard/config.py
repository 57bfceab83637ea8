"""What a guard run can be told."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Gt, Lt

from superalign.problems.imports import Format
from superalign.records import Record


class GuardConfig(Record):
    """The prompts, the guard to start from, and how hard it is attacked."""

    data: tuple[str, ...]
    """Files or folders of harmful prompts; rows with a `label` of their own keep it."""
    benign: tuple[str, ...]
    """Files or folders of harmless prompts; rows labelled `unsafe` are contrasts to train on."""
    prompt_column: str | None = None
    """Column of the prompt, where it has none of the known names."""
    format: Format | None = None
    """Which known format the files are in; told by their content if None, `rows` is none."""
    learner: str | None = None
    """Folder of a `transformers` sequence classifier; None is the built-in one."""
    held_out: tuple[str, ...] = ()
    """Wrapper families that never train; none named: half of each mechanism's, by seed."""
    rounds: Annotated[int, Ge(1)] = 2
    queries: Annotated[int, Ge(2)] = 600
    """Questions to the guard per round of attack, benign twins included."""
    allowed: Annotated[float, Gt(0), Lt(1)] = 0.1
    """Share of the validation part's safe prompts that a threshold may refuse."""
    trials: Annotated[int, Ge(1)] = 2000
    """Wrapped harmful prompts to measure on, about, for seen and for held-out families each."""
    seed: Annotated[int, Ge(0)] = 0
