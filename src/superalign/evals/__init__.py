"""Evaluations that outlive answer keys: each a plain environment and a thin Inspect task."""
