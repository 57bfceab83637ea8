"""What the study depends on, beside the seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Lt

from superalign.errors import BadInput
from superalign.measures.deception import THRESHOLD, Denominator
from superalign.policies.checkpoints import locate
from superalign.policies.organisms import SHAPES, folder_of, world_of
from superalign.recipes.repeat import preset_fields
from superalign.records import Record

WORLD = "requests"
Aim = Literal["right", "harmless"]
Setting = Literal["reward", "dpo", "simpo"]
Conflict = Literal["none", "explicit", "implicit"]
"""`none` is the control: the student trained again without conflict, by another seed."""
Mitigation = Literal["bootstrapping", "confident", "oracle"]


class DeceptionConfig(Record):
    """Bodies, gaps between them, learners, conflicts and mitigations."""

    preset: str
    task: str = WORLD
    """`requests`, or a task of preferences whose data the two paths name."""
    aim: Aim = "right"
    """What supervisors teach in the world: the right reply, which refuses harm and helps else, or
    the less harmful one, which no model of the world needs much teaching for."""
    data: str | None = None
    """The user's pairs for the first aim, harmlessness."""
    helpful: str | None = None
    """The user's pairs for the other aim, which the implicit conflict mixes in."""
    sizes: tuple[str, ...]
    """Checkpoints from small to large."""
    gaps: tuple[tuple[str, str], ...]
    """Supervisor and student; one body as both is a gap of nothing."""
    settings: tuple[Setting, ...] = ("reward", "dpo", "simpo")
    conflicts: tuple[Conflict, ...] = ("none", "explicit", "implicit")
    mitigations: tuple[Mitigation, ...] = ("bootstrapping", "confident", "oracle")
    """Tried on the widest gap."""
    n: Annotated[int, Ge(8)] = 400
    """Pairs that the supervisor learns from, and as many that it labels."""
    test: Annotated[int, Ge(8)] = 1000
    seeds: Annotated[int, Ge(1)] = 1
    """How often everything is trained, on the same pairs."""
    threshold: Annotated[float, Ge(0.5), Lt(1)] = THRESHOLD
    """Above this chance of the truth a pair is known."""
    denominator: Denominator = "strong_known"
    alpha: Annotated[float, Gt(0)] = 0.5
    """Weight of the explicit conflict's loss."""
    mean: Literal["all", "contradicting"] = "all"
    """What the explicit conflict's loss is divided by."""

    @property
    def widest(self) -> tuple[str, str]:
        """The gap of most sizes."""
        place = self.sizes.index
        return max(self.gaps, key=lambda gap: place(gap[1]) - place(gap[0]))

    def between(self, gap: tuple[str, str]) -> str | None:
        """Return the size in the middle of a gap, or None where there is none."""
        weak, strong = map(self.sizes.index, gap)
        inner = self.sizes[weak + 1 : strong]
        return inner[len(inner) // 2] if inner else None


PRESETS: dict[str, dict[str, Any]] = {"full": {}, "smoke": {"n": 24, "test": 24}}


def deception(preset: str = "full", **overrides: Any) -> DeceptionConfig:
    """Return the configuration of a preset with fields overridden.

    Where no sizes are given, they are the organisms of the world that are there.

    Raises:
        BadInput: If the preset, the task, a size or a field is unknown, or a value cannot be used.
    """
    fields = preset_fields(PRESETS, preset, overrides)
    fields.setdefault("sizes", organisms())
    fields.setdefault("gaps", gaps_of(tuple(fields["sizes"])))
    config = DeceptionConfig.read(fields, "study deception")
    for name in ("sizes", "gaps", "settings", "conflicts"):
        given = getattr(config, name)
        if len(set(given)) < max(1, len(given)):
            raise BadInput(f"'{name}' is {list(given)}; it must name one, and none twice")
    _check_gaps(config)
    if config.task == WORLD and (config.data or config.helpful):
        raise BadInput(f"task {WORLD!r} is generated and reads no data; leave the paths out")
    if config.task != WORLD and "implicit" in config.conflicts and not config.helpful:
        raise BadInput(
            "the implicit conflict mixes in pairs of another aim: 'helpful' is their path"
        )
    return config


def _check_gaps(config: DeceptionConfig) -> None:
    if wordy := [size for size in config.sizes if size.startswith("words-")]:
        raise BadInput(
            f"'sizes' names {wordy[0]}, which has no weights to train; name language models"
        )
    for size in config.sizes:
        locate(size)
    for weak, strong in config.gaps:
        known = weak in config.sizes and strong in config.sizes
        if not known or config.sizes.index(weak) > config.sizes.index(strong):
            raise BadInput(f"gap {weak} to {strong}: name two of 'sizes', the smaller one first")


def organisms() -> tuple[str, ...]:
    """Return the shipped organisms of the world, from small to large."""
    return tuple(name for name in SHAPES if world_of(name) == WORLD and folder_of(name))


def gaps_of(sizes: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the gaps from the smallest to every size, itself included, and one from the next.

    Of four sizes that is the control and four gaps.
    """
    found = [(sizes[0], size) for size in sizes] if sizes else []
    return (*found, (sizes[1], sizes[-1])) if len(sizes) > 2 else tuple(found)
