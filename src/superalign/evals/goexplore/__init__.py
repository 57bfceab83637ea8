"""Go-Explore as an evaluation: which model explores, how it is scored, and the Inspect task.

Worlds and play are `superalign.problems.goexplore`, which knows no model.
"""
