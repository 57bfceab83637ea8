"""A small learner that shows the maze can be walked by ear: softmax regression on raw sound.

It is trained by imitation of the oracle on the spectra of what the channel audio tells, and knows
neither the bank of words nor the maze.
"""

from __future__ import annotations

from functools import lru_cache
from random import Random

import numpy as np

from superalign.problems.omniplay.channels import Setting, Signal
from superalign.problems.omniplay.play import Play, Task
from superalign.problems.omniplay.sounds import spoken
from superalign.problems.omniplay.world import LEVELS, Action
from superalign.records import seed_of
from superalign.stats import Floats

GAME = "pathfinding"
WALKS = 20
"""Walks of each level that are imitated."""
ROUNDS, RATE = 150, 1.0
"""Steps of gradient descent, and their size."""


def learned_player(task: Task, setting: Setting, rng: Random) -> Play:
    """Play by what the learner makes of each sound; without one, at random."""
    play, noise = Play(task, setting), setting.noise
    learner = trained(noise[1] if noise and noise[0] == "audio" else 0.0)
    while not play.over:
        sounds = [s for s in play.signals() if s.channel == "audio"]
        play.say(learner.act(sounds[0]) if sounds else play.state.chance(rng))
    return play


class Imitator:
    """Says for a sound which action it is followed by."""

    def __init__(self, features: Floats, actions: list[Action]) -> None:
        """Fit to examples, one a row of `features`."""
        self._actions = sorted(set(actions))
        self._mean, self._spread = features.mean(0), features.std(0) + 1e-3
        targets = np.eye(len(self._actions))[[self._actions.index(a) for a in actions]]
        seen = self._scaled(features)
        self._weights = np.zeros((seen.shape[1], len(self._actions)))
        for _ in range(ROUNDS):
            slope = seen.T @ (_softmax(seen @ self._weights) - targets)
            self._weights -= RATE / len(seen) * slope

    def act(self, sound: Signal) -> Action:
        """Return the likeliest action."""
        odds = self._scaled(_spectrum(sound)[None]) @ self._weights
        return self._actions[int(odds.argmax())]

    def _scaled(self, features: Floats) -> Floats:
        scaled = (features - self._mean) / self._spread
        return np.hstack([scaled / np.sqrt(scaled.shape[1]), np.ones((len(scaled), 1))])


@lru_cache(maxsize=4)
def trained(noise: float) -> Imitator:
    """Return the learner of honest sounds with this much noise; it is trained once."""
    honest = Setting(("audio",), noise=("audio", noise))
    features: list[Floats] = []
    actions: list[Action] = []
    for level in LEVELS:
        for i in range(WALKS):
            play = Play(Task(GAME, level, seed_of("imitated", level, i)), honest)
            while not play.over:
                features.append(_spectrum(play.signals()[0]))
                actions.append(play.state.best())
                play.say(actions[-1])
    return Imitator(np.array(features), actions)


def _spectrum(sound: Signal) -> Floats:
    """Return the log power of each frequency in each word of a sound."""
    power = np.abs(np.fft.rfft(spoken(sound.parts[0]))) ** 2
    return np.asarray(np.log1p(power).ravel())


def _softmax(odds: Floats) -> Floats:
    shifted = np.exp(odds - odds.max(1, keepdims=True))
    return np.asarray(shifted / shifted.sum(1, keepdims=True))
