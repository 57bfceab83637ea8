"""Tasks with a known truth, for studies of weak supervision."""
