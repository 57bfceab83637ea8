"""One play of a game: what is told each turn, what was done, and which channels spoke for it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import NamedTuple

from superalign.problems.omniplay.blasting import Blasting
from superalign.problems.omniplay.channels import Channel, Setting, Signal, signal
from superalign.problems.omniplay.echoes import Echoes
from superalign.problems.omniplay.melody import Melody
from superalign.problems.omniplay.pathfinding import Pathfinding
from superalign.problems.omniplay.phantom import Phantom
from superalign.problems.omniplay.world import Action, Mind, State, World
from superalign.records import digest, seed_of

WORLDS: dict[str, World] = {
    w.name: w for w in (Pathfinding(), Echoes(), Melody(), Phantom(), Blasting())
}


class Task(NamedTuple):
    """A game to play."""

    game: str
    level: int
    seed: int

    @property
    def world(self) -> World:
        """The game's rules."""
        return WORLDS[self.game]

    @property
    def start(self) -> State:
        """The first moment; it is drawn once."""
        return _started(self)

    @property
    def id(self) -> str:
        """Names the task by its content."""
        return digest("omniplay", *self)


@lru_cache(maxsize=1024)
def _started(task: Task) -> State:
    return task.world.start(task.level, task.seed)


class Step(NamedTuple):
    """One turn, as it went."""

    action: Action | None
    """None where the reply named no action; the turn passed and nothing was done."""
    lied: Channel | None
    """The channel that told of an altered state."""
    contested: bool
    """Whether the channel in conflict advised what it would not, had it never lied."""
    supported: tuple[Channel, ...]
    """Channels whose telling, up to now, speaks for the action; of conditions with a conflict."""


@dataclass(slots=True, eq=False)
class Play:
    """A game turn by turn; the world's dice do not depend on the channels."""

    task: Task
    setting: Setting
    state: State = field(init=False)
    steps: list[Step] = field(default_factory=list)
    _minds: dict[Channel, Mind] = field(init=False)
    _honest: Mind = field(init=False)
    """What the mind of the channel in conflict would be without lies."""
    _lie: State | None = field(init=False, default=None)
    """What that channel tells of this turn, if it is not what is so."""

    def __post_init__(self) -> None:
        self.state = self.task.start
        of_interest = self.setting.shown if self.setting.conflict else ()
        self._minds = {c: self.task.world.mind(self.state) for c in of_interest}
        self._honest = self.task.world.mind(self.state)
        self._begin()

    @property
    def over(self) -> bool:
        """Whether the game has ended, or all turns are used up."""
        return self.state.over or len(self.steps) >= self.task.world.limit(self.task.level)

    @property
    def lied(self) -> Channel | None:
        """The channel that lies this turn, if one does."""
        return self.setting.conflict[0] if self.setting.conflict and self._lie else None

    def told(self, channel: Channel) -> State:
        """Return the state that a channel tells of this turn."""
        return self._lie if self._lie and channel == self.lied else self.state

    def signals(self) -> list[Signal]:
        """Return what the channels carry this turn."""
        seed = seed_of(self.task.seed, "noise", len(self.steps))
        made = (
            signal(self.task.world, self.told(c), c, self.setting, seed_of(seed, c))
            for c in self.setting.shown
        )
        return [m for m in made if m]

    def say(self, line: str) -> None:
        """Take a turn: do what the line names, or nothing if it names no action.

        Raises:
            ValueError: If the play is over.
        """
        if self.over:
            raise ValueError("the play is over")
        action = self.task.world.read(line)
        spoke = tuple(c for c, m in self._minds.items() if action and m.supports(action))
        rng = Random(seed_of(self.task.seed, "turn", len(self.steps)))
        self.state = self.state.after(action, rng)
        self.steps.append(Step(action, self.lied, self._contested(), spoke))
        if action:
            for mind in (*self._minds.values(), self._honest):
                mind.did(action)
        if not self.over:
            self._begin()

    def _begin(self) -> None:
        """Begin a turn: draw whether a channel lies, and tell the minds, without noise."""
        if not self.setting.conflict:
            return
        channel, share = self.setting.conflict
        dice = Random(seed_of(self.task.seed, "conflict", channel, len(self.steps)))
        lies = channel in self.setting.shown and dice.random() < share
        self._lie = self.state.altered(dice) if lies else None
        if self._lie and _says(self._lie, channel) == _says(self.state, channel):
            self._lie = None
        for c, mind in self._minds.items():
            _tell(mind, self.told(c), c)
        _tell(self._honest, self.state, channel)

    def _contested(self) -> bool:
        if not self.lied and not any(s.lied for s in self.steps):
            return False
        assert self.setting.conflict
        dice = Random(seed_of(self.task.seed, "advice", len(self.steps)))
        advice = deepcopy(self._minds[self.setting.conflict[0]]).choose(dice)
        return not self._honest.supports(advice)


def _says(state: State, channel: Channel) -> object:
    return state.words() if channel in ("text", "audio") else state.shots()


def _tell(mind: Mind, state: State, channel: Channel) -> None:
    if channel in ("text", "audio"):
        mind.hear(state.words())
    else:
        mind.look((state.picture(),) if channel == "image" else state.shots())
