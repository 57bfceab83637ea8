"""What channels carry can be read back from bytes, pixels and samples, and from nothing else."""

from __future__ import annotations

import io
import sys
import wave
from random import Random

import numpy as np
import pytest

from superalign.errors import BadInput
from superalign.problems.omniplay import clips, sounds
from superalign.problems.omniplay.channels import (
    Setting,
    amount_of,
    channels_of,
    signal,
    tell,
)
from superalign.problems.omniplay.play import WORLDS
from superalign.problems.omniplay.sounds import BANK, NOTES, heard, legend, wav
from superalign.problems.omniplay.tiles import Paint, Palette, drawn, noisy, sheet
from superalign.problems.omniplay.world import Mind
from superalign.problems.pictures import png, seen


def test_every_word_is_heard_as_itself_and_through_noise():
    assert heard(wav([*BANK])) == tuple(BANK)
    assert heard(wav([*BANK], noise=0.3, seed=4)) == tuple(BANK)
    assert heard(wav([*BANK], noise=30.0, seed=4)) != tuple(BANK)


def test_no_two_words_sound_alike():
    assert len(set(BANK.values())) == len(BANK)
    assert len(BANK) == len(sounds._CODED) + len(NOTES)
    assert all(2 * high < sounds.RATE for _, high in BANK.values())


def test_a_note_sounds_at_its_pitch():
    with wave.open(io.BytesIO(wav(["la"]))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.getnframes() == 1200
        samples = np.frombuffer(file.readframes(1200), "<i2")
    power = np.abs(np.fft.rfft(samples, 8000))
    assert abs(int(power[:1000].argmax()) - 880) <= 2
    assert np.abs(samples).max() < 32767
    assert BANK["do"][0] == 523.25
    assert legend(["la"]) == "la = 880 + 1760 Hz"


def test_words_follow_one_another_with_a_rest():
    with wave.open(io.BytesIO(wav(["left", "2"]))) as file:
        samples = np.frombuffer(file.readframes(2400), "<i2")
    assert not samples[1000:1200].any()
    assert samples[:1000].any()
    assert samples[1200:2200].any()


PALETTE = Palette(
    {".": Paint((250, 250, 250)), "A": Paint((200, 0, 0), "A"), "o": Paint((0, 0, 200), "o")}
)
TILES = ("A.o", "..A", "#o.")


def test_a_picture_is_read_back_and_through_noise():
    assert PALETTE.tiles(seen(drawn(PALETTE, TILES))) == TILES
    assert PALETTE.tiles(noisy(PALETTE.pixels(TILES), 0.2, 1)) == TILES
    assert PALETTE.tiles(noisy(PALETTE.pixels(TILES), 20.0, 1)) != TILES
    assert seen(png(PALETTE.pixels(TILES))).shape == (48, 48, 3)


def test_a_sheet_has_frames_in_the_order_of_reading():
    frames = [(c * 2,) for c in "abcdefg"]
    assert sheet(frames) == ("aa#bb#cc#dd#ee", "#" * 14, "ff#gg" + "#" * 9)
    assert sheet([("ab", "cd")]) == ("ab", "cd")


@pytest.mark.parametrize("game", WORLDS)
def test_the_pictures_of_a_game_hold_only_tiles_of_its_palette_that_differ(game):
    world = WORLDS[game]
    colours = [p.colour for p in world.palette.paints.values()]
    gaps = [np.abs(np.subtract(a, b)).max() for i, a in enumerate(colours) for b in colours[:i]]
    assert min(gaps) >= 30
    for level in (1, 2, 3):
        state = world.start(level, 5)
        for tiles in (*state.shots(), state.picture()):
            assert world.palette.tiles(seen(drawn(world.palette, tiles))) == tiles
        assert {*state.words()} <= {*world.vocabulary} <= {*BANK}


def test_a_clip_is_read_back_frame_by_frame():
    pytest.importorskip("av")
    frames = [TILES, TILES[::-1]]
    clip = clips.mp4([PALETTE.pixels(f) for f in frames])
    assert clip[4:8] == b"ftyp"
    assert [PALETTE.tiles(p) for p in clips.frames_of(clip)] == frames
    assert clips.mp4([PALETTE.pixels(f) for f in frames]) == clip


class Notes(Mind):
    """Writes down what it is told."""

    def __init__(self):
        self.said, self.shown = None, None

    def hear(self, words):
        self.said = words

    def look(self, shots):
        self.shown = tuple(shots)

    def supports(self, action):
        return False

    def choose(self, rng):
        return ""


@pytest.mark.parametrize("game", WORLDS)
@pytest.mark.parametrize(
    ("channel", "video", "mime"),
    [
        ("text", "frames", "text/plain"),
        ("audio", "frames", "audio/wav"),
        ("image", "frames", "image/png"),
        ("video", "frames", "image/png"),
        ("video", "native", "video/mp4"),
    ],
)
def test_each_channel_is_read_back_from_its_bytes(game, channel, video, mime):
    if video == "native":
        pytest.importorskip("av")
    world, notes = WORLDS[game], Notes()
    state = world.start(1, 3).after(world.start(1, 3).best(), Random(0))
    if game == "echoes":
        state = world.start(1, 3)
    setting = Setting((channel,), video=video)
    told = signal(world, state, channel, setting, 0)
    assert told.mime == mime
    tell(notes, world, told)
    if channel in ("text", "audio"):
        assert (notes.said, notes.shown) == (state.words(), None)
    else:
        want = (state.picture(),) if channel == "image" else state.shots()
        assert (notes.said, notes.shown) == (None, want)
    kinds = {"text": set(), "audio": {"audio"}}.get(
        channel, {"video" if "mp4" in mime else "image"}
    )
    assert {m.kind for m in told.media()} == kinds
    assert all(m.uri.startswith(f"data:{mime};base64,") for m in told.media())


def test_noise_degrades_its_channel_alone():
    world = WORLDS["pathfinding"]
    state = world.start(1, 3)
    for channel in ("text", "image", "audio", "video"):
        plain = signal(world, state, channel, Setting((channel,)), 0)
        other = "text" if channel != "text" else "audio"
        for noise, same in (((channel, 0.5), False), ((other, 0.5), True)):
            found = signal(world, state, channel, Setting((channel,), noise=noise), 0)
            assert (found == plain) is same
            again = signal(world, state, channel, Setting((channel,), noise=noise), 0)
            assert found == again
    lossy = signal(world, state, "text", Setting(("text",), noise=("text", 1.0)), 0)
    assert {*lossy.parts[0].decode()} == {"?", " "}


def test_channels_and_amounts_are_read_and_refused():
    assert channels_of("audio+image") == ("image", "audio")
    assert amount_of("audio:0.5", "conflict") == ("audio", 0.5)
    assert amount_of(None, "conflict") is None
    for said in ("", "smell", "image+smell"):
        with pytest.raises(BadInput, match="present"):
            channels_of(said)
    for said in (
        "audio",
        "audio:2",
        "audio:x",
        "image+audio:1",
        "smell:0.1",
        "audio:-1",
        "audio:nan",
    ):
        with pytest.raises(BadInput, match="noise"):
            amount_of(said, "noise")


@pytest.mark.parametrize(
    ("package", "setting", "why"),
    [
        (
            "PIL.Image",
            Setting(("image",)),
            r"pictures need more packages: pip install 'superalign\[media\]'",
        ),
        (
            "av",
            Setting(("video",), video="native"),
            r"pip install 'superalign\[media\]', or set video",
        ),
    ],
)
def test_a_missing_package_is_one_line(monkeypatch, package, setting, why):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(BadInput, match=why):
        setting.ready()


def test_sound_alone_and_frames_need_no_more_than_they_use(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    Setting(("video",)).ready()
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    Setting(("audio", "text")).ready()
    Setting(("video",), video="omitted").ready()
