"""BabyAI as a world of Go-Explore."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from superalign.errors import BadInput
from superalign.problems.goexplore.babyai.describe import describe
from superalign.problems.goexplore.world import View
from superalign.records import digest

KINDS = ("goto", "pickup", "putnext", "open", "sequence")
ACTIONS = ("turn left", "turn right", "go forward", "pick up", "drop", "toggle")
"""In the order of minigrid's own numbers."""

RULES = """You are an agent in a small grid world, with walls, keys, balls, boxes and doors. Your \
task: {task}. Each step you may turn, go forward, pick up what is right before you, drop what you \
carry on the free cell before you, or toggle the door before you; a locked door opens to whoever \
carries the key of its colour. You see up to 6 steps ahead and 3 to either side."""


class BabyAI:
    """One task of a kind, drawn by its seed.

    A state is the grid, the agent's place and direction, and what it carries, as published: how far
    a task in two parts has come is no part of it.

    Raises:
        BadInput: If minigrid is not installed.
    """

    budget = 256
    rollout = 10

    def __init__(self, kind: str, seed: int) -> None:
        self._env, self._seed = _level(kind), seed
        self.reset()
        self.horizon: int = self._env.max_steps
        self.rules = RULES.format(task=self._env.mission)

    def reset(self) -> View:
        """Go back to the start."""
        with redirect_stdout(StringIO()):  # It says so whenever it draws a task anew.
            self._env.reset(seed=self._seed)
        return self._view(ended=False, reward=0.0)

    def step(self, action: str) -> View:
        """Act; the trial ends at the goal, at a mistake that cannot be made good, or in time."""
        _, reward, ended, cut, _ = self._env.step(ACTIONS.index(action))
        return self._view(ended=ended or cut, reward=float(reward))

    def walkthrough(self) -> Sequence[str]:
        """Return what minigrid's own bot does."""
        from minigrid.utils.baby_ai_bot import BabyAIBot

        self.reset()
        bot, taken, ended = BabyAIBot(self._env), list[int](), False
        while not ended:
            taken.append(int(bot.replan(taken[-1] if taken else None)))
            _, _, over, cut, _ = self._env.step(taken[-1])
            ended = over or cut
        return [ACTIONS[i] for i in taken]

    def _view(self, *, ended: bool, reward: float) -> View:
        won = reward > 0
        actions = () if ended else ACTIONS
        return View(_key(self._env), describe(self._env), actions, won, float(won))


def _key(env: Any) -> str:
    things = [(i, *t.encode()) for i, t in enumerate(env.grid.grid) if t and t.type != "wall"]
    held = env.carrying and env.carrying.encode()
    where = [*map(int, env.agent_pos), int(env.agent_dir)]
    return digest("babyai state", things, where, held)


def _level(kind: str) -> Any:
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        from superalign.problems.goexplore.babyai.levels import Mixed
    except ImportError as error:
        raise BadInput(
            f"BabyAI needs minigrid ({error}): pip install 'superalign[grid]'"
        ) from error
    return Mixed(kind)
