"""Evaluation awareness: whether a model can tell that it is evaluated, and acts on it.

Transcripts are `superalign.problems.transcripts`, which knows no model.
"""
