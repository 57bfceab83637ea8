"""How a model plays: what it is told and shown, and how its reply is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field
from typing import Any, NamedTuple

from superalign.problems.omniplay.channels import Channel, Setting, Signal
from superalign.problems.omniplay.play import Play, Task
from superalign.problems.omniplay.sounds import legend
from superalign.records import Message, Problem, digest

ANSWER = "End your reply with a line that holds your action and nothing else."
MISREAD = "The last line of your last reply named no action, so nothing was done."
SOURCES: dict[Channel, str] = {
    "text": "words, as text",
    "image": "a picture",
    "audio": "words, as sound",
    "video": "a clip, the present at its end",
}
CODE = (
    "Each word is a chord of two tones and takes 150 ms: {legend}. A note of the scale (do is 523 "
    "Hz) sounds as itself and its octave."
)
LIARS = "A source can be wrong."


class Scene(NamedTuple):
    """A task and the channels that tell of it."""

    task: Task
    setting: Setting

    @property
    def problem(self) -> Problem:
        """The rules as a problem; nothing of the hidden state is in it."""
        return Problem(
            id=digest("omniplay", self.task, astuple(self.setting)),
            prompt=rules(self),
            level=self.task.level,
            tags=("omniplay", self.task.game),
        )


def packed(scene: Scene) -> dict[str, Any]:
    """Return a scene as JSON, for a log that can be scored again."""
    return {**scene.task._asdict(), "setting": asdict(scene.setting)}


def unpacked(found: Mapping[str, Any]) -> Scene:
    """Return the scene that `packed` wrote, also after a passage through JSON."""
    setting: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in found["setting"].items()
    }
    return Scene(Task(found["game"], found["level"], found["seed"]), Setting(**setting))


def rules(scene: Scene) -> str:
    """Return the rules of a game, what is shown of it, and what its sounds mean."""
    task, setting = scene
    world = task.world
    told = [world.rules(task.start)]
    told.append(f"Each turn you get: {'; '.join(SOURCES[c] for c in setting.shown)}. {LIARS}")
    if "audio" in setting.shown:
        told.append(CODE.format(legend=legend(world.vocabulary)))
    told.append(ANSWER)
    return "\n".join(told)


def action_line(reply: str) -> str:
    """Return the last line that is not empty, in lower case, without marks and a label around."""
    lines = [line for line in reply.splitlines() if line.strip()]
    last = lines[-1].strip(" \t*_`'\".").lower() if lines else ""
    return last.removeprefix("action:").strip(" \t*_`'\".")


@dataclass(slots=True, eq=False)
class Talk:
    """A play as a conversation."""

    scene: Scene
    prompt: str
    play: Play = field(init=False)
    _past: list[Message] = field(default_factory=list)
    _now: Message | None = None

    def __post_init__(self) -> None:
        self.play = Play(*self.scene)

    def seen(self) -> list[Message]:
        """Return the rules and the turns that the game lets one remember, the present one last."""
        earlier = 2 * (self.scene.task.world.memory - 1)
        kept = self._past[max(0, len(self._past) - earlier) :]
        return [Message(role="system", text=self.prompt), *kept, self._turn()]

    def reply(self, text: str) -> None:
        """Take a turn by the last line of a reply."""
        self._past += [self._turn(), Message(role="assistant", text=text)]
        self.play.say(action_line(text))
        self._now = None

    def _turn(self) -> Message:
        """Return what is shown this turn; it is made once."""
        if self._now is None:
            signals = self.play.signals()
            media = tuple(m for s in signals for m in s.media())
            self._now = Message(role="user", text=self._told(signals), media=media)
        return self._now

    def _told(self, signals: Sequence[Signal]) -> str:
        play = self.play
        limit = play.task.world.limit(play.task.level)
        said = [f"Turn {len(play.steps) + 1} of {limit} at most."]
        if play.steps and play.steps[-1].action is None:
            said.append(MISREAD)
        for s in signals:
            if s.channel == "text":
                said.append(f"text: {s.parts[0].decode()}")
            else:
                pieces = "a file" if len(s.parts) == 1 else f"{len(s.parts)} frames in order"
                said.append(f"{s.channel}: {pieces}")
        return "\n".join([*said, ANSWER])


def talked(scene: Scene, prompt: str, replies: Sequence[str]) -> Talk:
    """Return the conversation after these replies. Pure.

    Raises:
        ValueError: If they go on after the end.
    """
    talk = Talk(scene, prompt)
    for reply in replies:
        talk.reply(reply)
    return talk


def replay(scene: Scene, replies: Sequence[str]) -> Play:
    """Return the play that replies make, without showing anything.

    Raises:
        ValueError: If they go on after the end.
    """
    play = Play(*scene)
    for reply in replies:
        play.say(action_line(reply))
    return play
