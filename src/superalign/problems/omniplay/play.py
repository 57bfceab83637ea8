"""One play of a game: what is told each turn, what was done, and which channels spoke for it."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    def id(self) -> str:
        """Names the task by its content."""
        return digest("omniplay", *self)


class Step(NamedTuple):
    """One turn, as it went."""

    action: Action | None
    """None where the reply named no action; the turn passed and nothing was done."""
    lied: Channel | None
    """The channel that told of an altered state."""
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

    def __post_init__(self) -> None:
        self.state = self.task.world.start(self.task.level, self.task.seed)
        of_interest = self.setting.shown if self.setting.conflict else ()
        self._minds = {c: self.task.world.mind(self.state) for c in of_interest}
        self._advise()

    @property
    def over(self) -> bool:
        """Whether the game has ended, or all turns are used up."""
        return self.state.over or len(self.steps) >= self.task.world.limit(self.task.level)

    @property
    def lied(self) -> Channel | None:
        """The channel that lies this turn, if one does: what it tells is not what is so."""
        if not self.setting.conflict:
            return None
        channel, share = self.setting.conflict
        dice = Random(seed_of(self.task.seed, "conflict", channel, len(self.steps)))
        if channel not in self.setting.shown or dice.random() >= share:
            return None
        return channel if _says(self.state, channel) != _says(self._false(), channel) else None

    def told(self, channel: Channel) -> State:
        """Return the state that a channel tells of this turn."""
        return self._false() if channel == self.lied else self.state

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
        lied, turn = self.lied, len(self.steps)
        rng = Random(seed_of(self.task.seed, "turn", turn))
        self.state = self.state.after(action, rng)
        self.steps.append(Step(action, lied, spoke))
        for mind in self._minds.values():
            if action:
                mind.did(action)
        if not self.over:
            self._advise()

    def _false(self) -> State:
        return self.state.altered(Random(seed_of(self.task.seed, "altered", len(self.steps))))

    def _advise(self) -> None:
        """Tell each channel's mind what the channel tells, without noise."""
        for channel, mind in self._minds.items():
            told = self.told(channel)
            if channel in ("text", "audio"):
                mind.hear(told.words())
            else:
                mind.look((told.picture(),) if channel == "image" else told.shots())


def _says(state: State, channel: Channel) -> object:
    return state.words() if channel in ("text", "audio") else state.shots()
