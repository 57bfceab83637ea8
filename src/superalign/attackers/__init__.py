"""Attackers: they find problems that a learner fails, within a budget of samples."""
