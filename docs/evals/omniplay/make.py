"""Make the pictures, sounds and clip of docs/evals/omniplay.md; run it from anywhere.

Each shows a game of level 1 after one good action; the memory game shows its first turn.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from superalign.problems.omniplay.channels import Setting, signal
from superalign.problems.omniplay.play import WORLDS

HERE, SEED = Path(__file__).parent, 2
ENDINGS = {"image/png": "png", "audio/wav": "wav", "video/mp4": "mp4"}


def main() -> None:
    """Write a PNG and a WAV file for each game, and the clip of the memory game."""
    setting = Setting(("image", "audio", "video"), video="native")
    for name, world in WORLDS.items():
        state = world.start(1, SEED)
        if name != "echoes":
            state = state.after(state.best(), Random(SEED))
        for channel in ("image", "audio", *(["video"] if name == "echoes" else [])):
            made = signal(world, state, channel, setting, SEED)
            if made:
                (HERE / f"{name}.{ENDINGS[made.mime]}").write_bytes(made.parts[0])


if __name__ == "__main__":
    main()
