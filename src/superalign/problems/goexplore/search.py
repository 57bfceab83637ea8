"""Players that ask nobody: graph search, and a walkthrough."""

from __future__ import annotations

from superalign.problems.goexplore.play import Over, Play


def search(play: Play, *, depth_first: bool) -> None:
    """Try every action of every state, in order; a state that was met before is left at once."""
    try:
        _search(play, depth_first=depth_first)
    except Over:
        return
    play.end = "exhausted"


def _search(play: Play, *, depth_first: bool) -> None:
    start, at = play.goto(), tuple[str, ...]()
    met, waiting = {start.key}, [(at, iter(start.actions))]
    newest = -1 if depth_first else 0
    while waiting:
        path, actions = waiting[newest]
        action = next(actions, None)
        if action is None:
            waiting.pop(newest)
            continue
        if at != path:
            play.goto(path)
        view, at = play.step(action), (*path, action)
        if view.actions and view.key not in met:
            met.add(view.key)
            waiting.append((at, iter(view.actions)))


def walk(play: Play) -> None:
    """Follow the world's walkthrough."""
    try:
        path = play.world.walkthrough()
        play.goto()
        for action in path:
            play.step(action)
    except Over:
        return
    play.end = "exhausted"
