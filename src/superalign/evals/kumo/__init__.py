"""KUMO as an evaluation: which model plays, how it is scored, and the Inspect task.

The game itself is `superalign.problems.kumo`, which knows no model.
"""
