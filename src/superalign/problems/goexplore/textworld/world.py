"""TextWorld as a world of Go-Explore: a compiled game, played by its admissible commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from superalign.problems.goexplore.textworld.making import RECIPES, library, unwarned
from superalign.problems.goexplore.world import View
from superalign.records import digest

RULES = """You play a text adventure. Its words: {objective} {told} You win with all points."""


class TextGame:
    """One game. A state is the room's description, the inventory and the score, as published.

    Raises:
        BadInput: If TextWorld is not installed.
    """

    def __init__(self, kind: str, path: Path) -> None:
        textworld, recipe = library(), RECIPES[kind]
        asked = textworld.EnvInfos(
            **dict.fromkeys(
                ("feedback", "description", "inventory", "admissible_commands", "objective"), True
            ),
            **dict.fromkeys(("score", "max_score", "won", "policy_commands"), True),
            extras=["walkthrough"],
        )
        with unwarned():
            self._env = textworld.start(str(path), asked)
        self.budget, self.horizon, self.rollout = recipe.budget, recipe.horizon, recipe.rollout
        start = self._env.reset()
        self._walkthrough = start.get("extra.walkthrough") or start.policy_commands
        self.rules = RULES.format(objective=" ".join(start.objective.split()), told=recipe.told)

    def reset(self) -> View:
        """Go back to the beginning of the game."""
        return self._view(self._env.reset(), over=False)

    def step(self, action: str) -> View:
        """Give a command; the trial ends when the game is won or lost."""
        state, _, over = self._env.step(action)
        return self._view(state, over=over)

    def walkthrough(self) -> Sequence[str]:
        """Return the commands that the game was made with."""
        return [*self._walkthrough]

    def _view(self, state: Any, *, over: bool) -> View:
        place = [" ".join((state[f] or "").split()) for f in ("description", "inventory")]
        heard = " ".join((state.feedback or "").split())
        told = place if place[0] in heard else [heard, *place]
        return View(
            key=digest("textworld state", *place, state.score),
            text="\n".join(filter(None, told)),
            actions=() if over else tuple(state.admissible_commands),
            won=bool(state.won),
            score=state.score / state.max_score,
        )
