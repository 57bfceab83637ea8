"""Channels: how a state is told by text, picture, sound or clip, and how that is read back."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

from superalign.errors import BadInput
from superalign.problems import pictures
from superalign.problems.omniplay import clips, sounds
from superalign.problems.omniplay.tiles import drawn, noisy
from superalign.problems.omniplay.world import Mind, State, World
from superalign.problems.pictures import png, seen
from superalign.records import Media, seed_of

Channel: TypeAlias = Literal["text", "image", "audio", "video"]
CHANNELS: tuple[Channel, ...] = ("text", "image", "audio", "video")
Video: TypeAlias = Literal["native", "frames", "omitted"]
"""A clip as an MP4 file, as pictures, or not at all."""
KINDS: dict[str, Literal["image", "audio", "video"]] = {
    "image/png": "image",
    "audio/wav": "audio",
    "video/mp4": "video",
}
"""What a file of each type is shown as."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Which channels are there, and what is done to one of them."""

    present: tuple[Channel, ...] = ("image", "audio")
    conflict: tuple[Channel, float] | None = None
    """A channel, and the share of the turns in which it lies."""
    noise: tuple[Channel, float] | None = None
    """A channel, and how much of full scale the noise is; of text, the share of lost letters."""
    video: Video = "frames"

    @property
    def shown(self) -> tuple[Channel, ...]:
        """The channels that are told by; an omitted clip is not."""
        return tuple(c for c in self.present if c != "video" or self.video != "omitted")

    def ready(self) -> None:
        """Check that what the channels need is installed.

        Raises:
            BadInput: If Pillow is missing, or PyAV where clips are native.
        """
        if {"image", "video"} & {*self.shown}:
            pictures.ready()
        if "video" in self.shown and self.video == "native":
            clips.ready()


def channels_of(said: str, field: str = "present") -> tuple[Channel, ...]:
    """Read `image+audio`, in the order of `CHANNELS`.

    Raises:
        BadInput: If there is none, or a name is no channel.
    """
    names = said.split("+") if said else []
    for name in names:
        if name not in CHANNELS:
            raise BadInput(f"{field}: {name!r} is no channel; there are {', '.join(CHANNELS)}")
    if not names:
        raise BadInput(f"{field}: name one channel or more, as in image+audio")
    return tuple(c for c in CHANNELS if c in names)


def amount_of(said: str | None, field: str) -> tuple[Channel, float] | None:
    """Read `audio:0.5`, a channel and a share in [0, 1]; None stays None.

    Raises:
        BadInput: If it is anything else.
    """
    if said is None:
        return None
    name, _, share = said.partition(":")
    (channel,) = channels_of(name, field) if "+" not in name else (None,)
    try:
        amount = float(share)
    except ValueError:
        amount = -1.0
    if channel is None or not 0 <= amount <= 1:
        raise BadInput(f"{field}: {said!r} is not a channel and a share, as in audio:0.5")
    return channel, amount


@dataclass(frozen=True, slots=True)
class Signal:
    """What one channel carries in one turn."""

    channel: Channel
    mime: str
    parts: tuple[bytes, ...]
    """A text, a WAV file, a PNG file for each frame, or an MP4 file."""

    def media(self) -> tuple[Media, ...]:
        """Return it as data URIs; text is none."""
        if self.mime not in KINDS:
            return ()
        return tuple(Media.held(KINDS[self.mime], part, self.mime) for part in self.parts)


def signal(
    world: World, state: State, channel: Channel, setting: Setting, seed: int
) -> Signal | None:
    """Return what a channel tells of a state; None where it has nothing to say.

    The seed is that of the noise, if the channel has any.
    """
    loud = setting.noise[1] if setting.noise and setting.noise[0] == channel else 0.0
    if channel in ("text", "audio"):
        words = state.words()
        if not words:
            return None
        if channel == "text":
            return Signal("text", "text/plain", (_lossy(" ".join(words), loud, seed).encode(),))
        return Signal("audio", "audio/wav", (sounds.wav(words, noise=loud, seed=seed),))
    frames = (state.picture(),) if channel == "image" else state.shots()
    if channel == "video" and setting.video == "native":
        pixels = [
            noisy(world.palette.pixels(f), loud, seed_of(seed, i)) for i, f in enumerate(frames)
        ]
        return Signal("video", "video/mp4", (clips.mp4(pixels),))
    if not loud:
        return Signal(channel, "image/png", tuple(drawn(world.palette, f) for f in frames))
    grainy = (noisy(world.palette.pixels(f), loud, seed_of(seed, i)) for i, f in enumerate(frames))
    return Signal(channel, "image/png", tuple(map(png, grainy)))


def tell(mind: Mind, world: World, told: Signal) -> None:
    """Have a mind read a signal, from its bytes alone."""
    if told.mime == "text/plain":
        mind.hear(tuple(told.parts[0].decode().split()))
    elif told.mime == "audio/wav":
        mind.hear(sounds.heard(told.parts[0]))
    else:
        mp4 = told.mime == "video/mp4"
        frames = clips.frames_of(told.parts[0]) if mp4 else list(map(seen, told.parts))
        mind.look([world.palette.tiles(f) for f in frames])


def _lossy(text: str, share: float, seed: int) -> str:
    rng = Random(seed)
    return "".join("?" if c != " " and rng.random() < share else c for c in text)
