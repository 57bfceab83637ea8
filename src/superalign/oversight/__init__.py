"""Oversight: what people label, what the critic is worth by that, and who may be promoted."""
