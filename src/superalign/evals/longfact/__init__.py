"""LongFact, rated by SAFE: prompts, answers, result files, and the Inspect task.

Rating itself is `superalign.critics.factuality`, which a loop can use as a critic.
"""
