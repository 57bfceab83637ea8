"""OmniPlay without a model: seconds of 50 episodes of each game, its media rendered each turn.

Every turn makes a picture, a sound, a text and the frames of a clip; a player who reads the sound
alone plays. Native clips (MP4) are timed apart, a clip at a time.
"""

from __future__ import annotations

from random import Random

from paired import options, seconds, tell
from superalign.problems.omniplay.channels import Setting, signal
from superalign.problems.omniplay.play import WORLDS, Task
from superalign.problems.omniplay.players import only

TARGET = 60.0
"""Seconds of 50 episodes of a game, at most."""


def main() -> None:
    parser = options(__doc__ or "", rounds=1)
    parser.add_argument("--episodes", type=int, default=50, help="of each game, levels in turn")
    given = parser.parse_args()
    for name in WORLDS:
        playing(name, given.episodes)
    clip()


def playing(name: str, n: int) -> None:
    """Play `n` episodes, each turn of which renders all channels."""
    setting, turns = Setting(("text", "image", "audio", "video")), []
    player = only("audio")

    def play() -> None:
        for i in range(n):
            done = player(Task(name, 1 + i % 3, i), setting, Random(i))
            turns.append(len(done.steps))

    taken = seconds(play)
    tell(
        "omniplay",
        game=name,
        episodes=n,
        turns=sum(turns),
        seconds=round(taken, 2),
        target=TARGET,
        milliseconds_a_turn=round(1e3 * taken / sum(turns), 2),
    )


def clip() -> None:
    """Encode the clip of the longest sequence."""
    world = WORLDS["echoes"]
    state, setting = world.start(3, 0), Setting(("video",), video="native")
    signal(world, state, "video", setting, 0)
    taken = seconds(lambda: signal(world, state, "video", setting, 0))
    tell("omniplay_clip", frames=len(state.shots()), seconds=round(taken, 3))


if __name__ == "__main__":
    main()
