"""What the study depends on, beside the seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from annotated_types import Ge

from superalign.errors import BadInput
from superalign.learners.confidence_losses import LOSSES
from superalign.policies.features.surprise import PREFIX
from superalign.problems.tasks import TASKS
from superalign.recipes.repeat import preset_fields
from superalign.records import Record
from superalign.studies.weak_to_strong.methods import CEILINGS, METHODS, PREFERENCES

SIZES = {
    "chains": ("chains-50k", "chains-200k", "chains-800k"),
    "requests": ("requests-50k", "requests-200k", "requests-800k"),
}
"""By how the name of a task of a world begins."""
READ = {"chains": PREFIX}
"""What a frozen body gives where that is not its hidden state: solutions are judged by surprise."""
WORDS = ("words-64", "words-512", "words-4096")
"""Sizes for all other tasks."""
FINETUNED = 900
"""Problems of a finetuned grid where no number is given: all three parts together."""


class WeakToStrongConfig(Record):
    """Supervisors, students, losses and seeds of a grid on one task."""

    preset: str
    task: str = "chains"
    data: str | None = None
    """The user's copy of the task's data; None takes the hub's, or makes a world's."""
    sizes: tuple[str, ...]
    """Bodies from small to large: each is a supervisor and a student."""
    strong: str | None = None
    """A larger body that is a student only: a checkpoint's folder or hub id."""
    losses: tuple[str, ...] = ("xent", "confidence", "product")
    """Losses, and methods that turn weak labels into targets."""
    seeds: Annotated[int, Ge(1)] = 3
    """How often the data are cut and everything is trained."""
    mode: Literal["frozen", "finetuned"] = "frozen"
    """Whether heads on frozen bodies are trained, or whole models."""
    n: Annotated[int, Ge(12)] | None
    """Problems at most, a third each for supervisors, students and the test; None takes all."""
    layer: Annotated[int, Ge(0)] | None = None
    """Which hidden state a frozen checkpoint gives; None is the last."""
    features: str | None = None
    """Folder that keeps the vectors of frozen bodies; None keeps them in the run's own."""

    @property
    def students(self) -> tuple[str, ...]:
        """Bodies that are taught, from small to large."""
        return (*self.sizes, self.strong) if self.strong else self.sizes


PRESETS: dict[str, dict[str, Any]] = {
    "full": {},
    "smoke": {"n": 240, "seeds": 1, "losses": ("xent", "confidence")},
}


def weak_to_strong(preset: str = "full", **overrides: Any) -> WeakToStrongConfig:
    """Return the configuration of a preset with fields overridden.

    Raises:
        BadInput: If the preset, a loss, a method, the task or a field is unknown, or a value
            cannot be used.
    """
    fields = preset_fields(PRESETS, preset, overrides)
    finetuned = fields.get("mode") == "finetuned"
    fields.setdefault("n", FINETUNED if finetuned else 3000)
    fields.setdefault("sizes", _sizes(str(fields.get("task", "chains")), frozen=not finetuned))
    config = WeakToStrongConfig.read(fields, "study weak-to-strong")
    _known("losses", config.losses, [*LOSSES, *METHODS])
    _once("sizes", config.students)
    if finetuned and any(s.startswith("words-") for s in config.students):
        raise BadInput("mode 'finetuned' needs checkpoints; words-* have no weights to train")
    if finetuned and config.layer is not None:
        raise BadInput("mode 'finetuned' reads the last hidden state; leave 'layer' out")
    kind = TASKS[config.task].kind if config.task in TASKS else "classify"
    for loss in config.losses:
        if loss in CEILINGS and not finetuned:
            raise BadInput(f"{loss!r} teaches language models; it needs mode 'finetuned'")
        if loss in PREFERENCES and kind != "compare":
            raise BadInput(f"{loss!r} needs a task of two replies to compare, not {config.task!r}")
        if loss in CEILINGS:
            _speak(loss, config.students)
    if kind == "generate":
        raise BadInput(
            f"task {config.task!r} asks for text; this study asks for one of two classes"
        )
    return config


def _speak(loss: str, sizes: Sequence[str]) -> None:
    from superalign.policies.features import Checkpoint

    for size in sizes:
        if Checkpoint(size).pooling != "last":
            raise BadInput(f"{loss!r} teaches language models; {size!r} is an encoder")


def _sizes(task: str, *, frozen: bool) -> tuple[str, ...]:
    world = task.partition("-")[0]
    read = READ.get(world, "") if frozen else ""
    return tuple(read + size for size in SIZES.get(world, WORDS))


def _known(field: str, given: Sequence[str], known: Sequence[str]) -> None:
    _once(field, given)
    for name in given:
        if name not in known:
            raise BadInput(f"no loss or method {name!r}; there are {', '.join(known)}")


def _once(field: str, given: Sequence[str]) -> None:
    if len(set(given)) < max(1, len(given)):
        raise BadInput(f"'{field}' is {list(given)}; it must name one, and none twice")
