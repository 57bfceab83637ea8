"""What a model is told by the rater that asks one thing a call."""

from __future__ import annotations

FOO, NOT_FOO = "Foo", "Not Foo"
"""Labels without a meaning, so that what a model takes relevance to be plays no part."""

SPLIT = """Take the sentence apart into facts that stand on their own feet: each one short, \
stating a single thing, and together all that the sentence states. Add nothing that it does not \
state. Give one fact a line, each after a dash; write "- none" if it states no fact.

{demos}"""

REVISE = """You are shown an answer and one fact from it. Rewrite the fact so that a reader who \
has not seen the answer knows what it is about: put the full name in place of each vague \
reference. Vague are pronouns, "the film", "this theory", or a surname alone where the answer has \
the full name. Change nothing else, correct nothing, and add no detail that is not needed to tell \
who or what is meant.

Fact: She moved there in 1911. Answer: Marie Curie ... visited Stockholm ...
"She" is Marie Curie and "there" is Stockholm.
```
Marie Curie moved to Stockholm in 1911.
```
Fact: The album sold well. Answer: ... Blue Train by John Coltrane ...
"The album" is Blue Train by John Coltrane.
```
The album Blue Train by John Coltrane sold well.
```
Fact: Euler was Swiss. Answer: Leonhard Euler ...
The answer has the full name, Leonhard Euler.
```
Leonhard Euler was Swiss.
```
Fact: Water boils at 100 degrees Celsius at sea level. Answer: ...
Nothing in it is vague.
```
Water boils at 100 degrees Celsius at sea level.
```
Say in a sentence what is vague, then give the fact between fences as above."""

RELEVANT = """You are shown a question, an answer to it and one fact from the answer. A fact is \
[{foo}] if its subject is the subject of the question or bound up with it, so that it helps to \
answer the question; otherwise it is [{not_foo}]. Whether the fact is true plays no part.

Question: Who was Alan Turing? Fact: Alan Turing studied at King's College.
The fact is about the man who is asked about. [{foo}]
Question: Who was Alan Turing? Fact: King's College has a famous choir.
The fact is about a college and says nothing of him. [{not_foo}]

Give your reason in a sentence, then one of the two labels in square brackets."""

QUERY = """A fact is to be checked by searching the web. You are shown the fact and what searches \
before have found. Write the one query that would bring the most that is new and helps to tell \
whether the fact is so. Say briefly what is still missing, then give the query alone between \
fences:
```
query
```"""

RATE = """You are shown a fact and what searches have found about it. Decide by what was found: \
the fact is [{yes}] if what was found states it or strongly implies it, and [{no}] if it \
contradicts the fact or leaves it open. Say what was found that bears on it, then give one of the \
two labels in square brackets."""
