"""What is seen in the grid, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def describe(env: Any) -> str:
    """Return what is carried, the walls in sight and the objects in sight, a line each.

    Objects stand in order of the view's columns, then rows. A wall is told ahead, to the left and
    to the right, where nothing stands before it.
    """
    grid, visible = env.gen_obs_grid()
    held = [f"You carry a {env.carrying.color} {env.carrying.type}"] if env.carrying else []
    return "\n".join([*held, *_walls(grid, visible), *_objects(grid, visible)])


def _walls(grid: Any, visible: Any) -> Iterator[str]:
    ahead, middle = grid.height - 1, grid.width // 2
    rays = {
        "forward": [(middle, j) for j in range(ahead - 1, -1, -1)],
        "left": [(i, ahead) for i in range(middle - 1, -1, -1)],
        "right": [(i, ahead) for i in range(middle + 1, grid.width)],
    }
    for side, cells in rays.items():
        for steps, (i, j) in enumerate(cells, 1):
            thing = grid.get(i, j) if visible[i, j] else None
            if thing is not None:
                if thing.type == "wall":
                    yield f"You see a wall {_steps(steps)} {side}"
                break


def _objects(grid: Any, visible: Any) -> Iterator[str]:
    ahead, middle = grid.height - 1, grid.width // 2
    for i in range(grid.width):
        for j in range(grid.height):
            thing = grid.get(i, j) if visible[i, j] and (i, j) != (middle, ahead) else None
            if thing is None or thing.type in ("wall", "floor"):
                continue
            across, forward = i - middle, ahead - j
            where = [f"{_steps(abs(across))} {'right' if across > 0 else 'left'}"] if across else []
            where += [f"{_steps(forward)} forward"] if forward else []
            yield f"You see a {_named(thing)} {' and '.join(where)}"


def _named(thing: Any) -> str:
    if thing.type != "door":
        return f"{thing.color} {thing.type}"
    state = "locked" if thing.is_locked else "open" if thing.is_open else "closed"
    return f"{state} {thing.color} {thing.type}"


def _steps(n: int) -> str:
    return f"{n} step" if n == 1 else f"{n} steps"
