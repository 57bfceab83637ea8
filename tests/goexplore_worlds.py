"""A small world, and policies that answer Go-Explore's questions by rule."""

from __future__ import annotations

import json
import re

from superalign.problems.goexplore.world import View


class Corridor:
    """Rooms in a row, the goal in the last; `left` of the first room loses the trial."""

    rules = "Walk to the last room."
    budget, horizon, rollout = 40, 6, 3

    def __init__(self, rooms=5):
        self.rooms, self.at, self.log = rooms, 0, []

    def reset(self):
        self.at = 0
        self.log.append("reset")
        return self.view()

    def step(self, action):
        self.at += 1 if action == "right" else -1
        self.log.append(action)
        return self.view()

    def walkthrough(self):
        return ["right"] * self.rooms

    def view(self):
        if self.at < 0:
            return View("pit", "a pit", ())
        share = self.at / self.rooms
        return View(
            f"r{self.at}", f"room {self.at}", ("left", "right"), self.at == self.rooms, share
        )


def options(text):
    """Return the numbered options of a question."""
    return [m[1] for m in re.finditer(r"^\d+\. (.*)$", text, re.MULTILINE)]


def role(seen):
    """Return which role the last message asks for."""
    words = {"state": "To which of these", "keep": "worth keeping", "reflect": "went wrong"}
    return next((r for r, w in words.items() if w in seen[-1].text), "action")


def chooses(pick):
    """Return a rule that answers by `pick(role, options, text)`, a number or an option."""

    def say(seen, seed):
        text = seen[-1].text
        return json.dumps({"choice": pick(role(seen), options(text), text)})

    return say


def eager(kind, found, text):
    """Go to the furthest room, and right where it can; keep everything."""
    if kind == "state":
        return len(found) - 1
    return "accept" if kind == "keep" else "right" if "right" in found else found[0]
