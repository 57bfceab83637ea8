"""What a model is told by the rater that asks many things a call."""

from __future__ import annotations

from superalign.critics.factuality.rated import NOT_SUPPORTED, SUPPORTED
from superalign.critics.factuality.serial_briefs import FOO, NOT_FOO

QUERIES = 3
"""Queries of a judge who cannot tell yet, at most."""
UNSURE = "Unsure"

SPLIT = """You are shown numbered sentences of one answer. Take each apart into facts that stand \
on their own feet: each one short, stating a single thing, and together all that the sentence \
states. Add nothing that the sentence does not state. Of the sentence "3. Ada Lovelace, born in \
1815, wrote notes on the Analytical Engine." the line is
{"sentence": 3, "facts": ["Ada Lovelace was born in 1815.", "Ada Lovelace wrote notes on the \
Analytical Engine."]}

Write one such JSON object a line for every sentence, by its number, and nothing else; a sentence \
that states no fact has an empty list."""

REVISE = f"""You are shown a question, an answer to it and numbered facts from the answer. Do two \
things for each fact.

First rewrite it so that a reader who has not seen the answer knows what it is about: put the full \
name in place of each vague reference, such as a pronoun, "the film", or a surname alone where the \
answer has the full name. Change nothing else, correct nothing, and add no detail that is not \
needed to tell who or what is meant.

Then give it a mark: "{FOO}" if its subject is the subject of the question or bound up with it, so \
that it helps to answer the question, otherwise "{NOT_FOO}". Whether the fact is true plays no part.

Write one JSON object a line for every fact, by its number, and nothing else:
{{"fact": 3, "text": "the fact rewritten", "mark": "{FOO}" or "{NOT_FOO}"}}"""

JUDGE = f"""You are shown a fact and what searches have found about it. Decide by what was found: \
the answer is "{SUPPORTED}" if what was found states the fact or strongly implies it, and \
"{NOT_SUPPORTED}" if it contradicts the fact or leaves it open. """

MAYBE = f"""If further searches could change your answer it is "{UNSURE}", with up to {QUERIES} \
queries that differ and would bring what is missing. """

FORM = """Give one JSON object and nothing after it:
{"why": "what was found that bears on the fact", "answer": "your answer", "queries": []}"""
