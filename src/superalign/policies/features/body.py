"""What a body promises, and how one is had by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from superalign.errors import BadInput
from superalign.records import Problem

Vectors: TypeAlias = NDArray[np.float32]
Kind: TypeAlias = Literal["classify", "compare"]


class Body(Protocol):
    """Turns texts into vectors; knows no labels."""

    @property
    def id(self) -> str:
        """Names everything the vectors depend on, by content."""
        ...

    @property
    def name(self) -> str:
        """What a reader calls it."""
        ...

    @property
    def parameters(self) -> int:
        """Its size."""
        ...

    @property
    def width(self) -> int:
        """D, the length of a vector."""
        ...

    def features(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text, float32 [N, D]; a vector depends on its own text alone."""
        ...


def body(name: str, *, layer: int | None = None, cache: Path | None = None) -> Body:
    """Return a body by name.

    Args:
        name: `words-64`, `words-512`, `words-4096`, an organism, a checkpoint's folder or hub id;
            `surprise-` before one reads how likely it finds tokens and not its hidden state.
        layer: Of a checkpoint, which hidden state; 0 are the embeddings, None is the last.
        cache: Folder that keeps vectors, by content.

    Raises:
        BadInput: If there is no such body or layer.
    """
    from superalign.policies.features.checkpoint import Checkpoint
    from superalign.policies.features.kept import Kept
    from superalign.policies.features.surprise import PREFIX, Surprise
    from superalign.policies.features.words import words

    found: Body
    if layer is not None and name.startswith(("words-", PREFIX)):
        raise BadInput(f"{name}: has no layers, so not layer {layer}")
    if name.startswith("words-"):
        found = words(name)
    elif name.startswith(PREFIX):
        found = Surprise(name.removeprefix(PREFIX))
    else:
        found = Checkpoint(name, layer=layer)
    return found if cache is None else Kept(found, cache)


def inputs(source: Body, problems: Sequence[Problem], kind: Kind) -> Vectors:
    """Return one vector a problem, float32 [N, D].

    `classify` reads the prompt. `compare` reads the prompt with each of two choices and returns
    the first's vector less the second's, so that swapping the choices turns the sign.

    Raises:
        BadInput: If a problem to compare has not two choices.
    """
    vectors = source.features([text for p in problems for text in shown(p, kind)])
    return vectors if kind == "classify" else vectors[0::2] - vectors[1::2]


def shown(problem: Problem, kind: Kind) -> list[str]:
    """Return what is read of a problem: its prompt, or that followed by each of two choices.

    Raises:
        BadInput: If there are not two to compare.
    """
    if kind == "classify":
        return [problem.prompt]
    if len(problem.choices) != 2:
        raise BadInput(f"problem {problem.id}: {len(problem.choices)} choices to compare, not 2")
    return [f"{problem.prompt}\n{choice}" for choice in problem.choices]
