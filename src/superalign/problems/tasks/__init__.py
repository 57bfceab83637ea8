"""Tasks with a known truth, for studies of weak supervision: `load(name)` is the door."""

from superalign.problems.tasks.registry import BURNS, TASKS, load
from superalign.problems.tasks.task import Kind, Task

__all__ = ["BURNS", "TASKS", "Kind", "Task", "load"]
