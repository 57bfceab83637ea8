"""OmniPlay as an evaluation: who plays, under which channels, and the Inspect task.

The games themselves are `superalign.problems.omniplay`, which knows no model.
"""
