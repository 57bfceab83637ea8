"""Go-Explore: choose a place of the archive, return to it, explore, and keep what is worth it.

Lu, Hu and Clune 2025 (arXiv 2405.15143). Each of the choices is a model's or made by rule; with
rules alone it is the classic Go-Explore (Ecoffet et al. 2021).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeAlias

from superalign.problems.goexplore import protocol
from superalign.problems.goexplore.asking import Asking, Asks
from superalign.problems.goexplore.places import Place, Places, draw
from superalign.problems.goexplore.play import Over, Play
from superalign.problems.goexplore.protocol import KEEP
from superalign.problems.goexplore.world import View

Keep: TypeAlias = Literal["model", "random", "all", "remove"]
"""Who keeps a new state: a model, a coin, everybody; or all are kept and a model removes some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Who makes each choice. `counts` prefers places that were seldom chosen."""

    state: Literal["model", "random", "counts"] = "model"
    action: Literal["model", "random"] = "model"
    keep: Keep = "model"


INTELLIGENT = Roles()
CLASSIC = Roles(state="counts", action="random", keep="all")


def explore(play: Play, roles: Roles, *, history: int, rng: Random) -> Asks[None]:
    """Play until the goal is reached or a budget is used up; yields what the models are asked.

    A reply that cannot be read chooses at random, and keeps nothing.
    """
    told = protocol.PRUNER if roles.keep == "remove" else protocol.EXPLORER
    asking = Asking(play, f"{play.world.rules}\n\n{told}", history)
    try:
        yield from _Explorer(play, roles, asking, rng).go()
    except Over:
        return
    play.end = "exhausted"


def _actions(place: Place[View]) -> tuple[str, ...]:
    return place.value.actions


@dataclass(slots=True)
class _Explorer:
    """The archive, and beside it every state that was met: those that were rejected stay known."""

    play: Play
    roles: Roles
    asking: Asking
    rng: Random
    archive: Places[View] = field(default_factory=lambda: Places(_actions))
    known: Places[View] = field(default_factory=lambda: Places(_actions))

    def go(self) -> Asks[None]:
        start = self._meet(self.play.goto())
        self.archive.put(start.value.key, start)
        while self.archive.open() or self._again():
            place = yield from self._return()
            place.chosen += 1
            try:
                yield from self._rollout(self.play.goto(place.path))
            finally:
                self.play.sizes.append(len(self.archive))

    def _again(self) -> bool:
        """Let everything be tried again; say whether there is anything."""
        self.known.forget_tried()
        return bool(self.archive.open())

    def _rollout(self, view: View) -> Asks[None]:
        for _ in range(self.play.world.rollout):
            here = self.known.get(view.key)
            untried = self.known.untried(here) if here else []
            if here is None or not untried:
                return
            action = untried[(yield from self._act(view, untried))]
            here.taken.add(action)
            view = self.play.step(action)
            if not view.actions:
                return
            new = self.known.get(view.key) is None
            place = self._meet(view)
            if new and (yield from self._keeps(place)):
                self.archive.put(view.key, place)

    def _meet(self, view: View) -> Place[View]:
        """Return the place of a view; the shortest path to it is the one that is kept."""
        path = tuple(self.play.taken)
        there = self.known.get(view.key)
        if there is None:
            there = Place(view, path)
            self.known.put(view.key, there)
        elif len(path) < len(there.path):
            there.value, there.path = view, path
        return there

    def _return(self) -> Asks[Place[View]]:
        """Choose a place; with `remove`, the model names in the same reply what is to leave."""
        places = sorted(self.archive.open(), key=lambda p: len(p.path))
        match self.roles.state:
            case "counts":
                return draw(places, lambda p: p.rarity, self.rng)
            case "random":
                return self.rng.choice(places)
        shown = tuple(self._shown(p) for p in places)
        removes = self.roles.keep == "remove"
        form = protocol.REMOVE if removes else protocol.CHOOSE
        text = f"{protocol.STATE}\n{protocol.numbered(shown)}\n{form}"
        answer = yield from self.asking.choose("state", text, shown)
        chosen = places[self.rng.randrange(len(places)) if answer is None else answer.choice]
        if answer and removes:
            for i in answer.remove - {answer.choice}:
                self.archive.drop(places[i].value.key)
        return chosen

    def _shown(self, place: Place[View]) -> str:
        """Return a place in one line as a model is shown it, with what was tried there."""
        told = "; ".join(place.value.text.splitlines())
        left = len(self.archive.untried(place))
        points = f", {place.value.score:.0%} of the points" if place.value.score else ""
        return f"{told} [{len(place.path)} steps from the start, {left} actions untried{points}]"

    def _act(self, view: View, untried: list[str]) -> Asks[int]:
        if self.roles.action == "random":
            return self.rng.randrange(len(untried))
        options = tuple(untried)
        text = f"{view.text}\n{protocol.ACTION}\n{protocol.numbered(options)}\n{protocol.CHOOSE}"
        answer = yield from self.asking.choose("action", text, options)
        return self.rng.randrange(len(options)) if answer is None else answer.choice

    def _keeps(self, place: Place[View]) -> Asks[bool]:
        if self.roles.keep == "random":
            return self.rng.random() < 0.5
        if self.roles.keep != "model":
            return True
        form = f"{protocol.numbered(KEEP)}\n{protocol.CHOOSE}"
        text = f"{place.value.text}\n{protocol.NEW}\n{form}"
        answer = yield from self.asking.choose("keep", text, KEEP)
        return answer is not None and answer.choice == KEEP.index("accept")
