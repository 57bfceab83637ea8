"""The generative-AI paradox as an evaluation: does a model understand what it can make?

Items, candidates and questions are `superalign.problems.paradox`, which knows no model.
"""
