"""A world of facts for SAFE: answers, a corpus, and a scripted rater that is consistent.

A city has towers. What a tower's number is decides what is true of its fact: a multiple of 5 is
beside the question, and of the others a multiple of 3 is not supported.
"""

import json
import re

from superalign.critics.factuality import IRRELEVANT, NOT_SUPPORTED, SUPPORTED, fast, serial
from superalign.records import Message

QUESTION = "What is there to see in {city}?"


def answer(city, towers=range(1, 13), per_sentence=2):
    """Return an answer that states one fact a tower."""
    numbers = list(towers)
    cuts = [numbers[i : i + per_sentence] for i in range(0, len(numbers), per_sentence)]
    return " ".join(f"{city} has " + " and ".join(f"tower{n}" for n in cut) + "." for cut in cuts)


def truth(fact):
    """Return what a fact ought to be found."""
    number = int(re.search(r"tower(\d+)", fact)[1])
    if number % 5 == 0:
        return IRRELEVANT
    return NOT_SUPPORTED if number % 3 == 0 else SUPPORTED


class Towers:
    """A corpus in which everything supported is stated."""

    id = "towers"

    def __init__(self):
        self.queries = []

    async def search(self, query, k):
        self.queries.append((query, k))
        fact = re.search(r"\w+ has tower\d+\.", query)
        return f"It is known that {fact[0]}" if fact and truth(fact[0]) == SUPPORTED else "Nothing."


def rater(seen, _seed=0, unsure=False):
    """Answer as a consistent rater does, whichever way it is asked."""
    brief, data = seen[0].text, fenced(seen[1].text)
    if brief.startswith(serial.SPLIT[:40]):
        return "\n".join(f"- {f}" for f in facts_of(data["sentence"]))
    if brief.startswith(serial.REVISE[:40]):
        return f"It is the city.\n```\n{revised(data['fact'], data['answer'])}\n```"
    if brief.startswith(serial.RELEVANT[:60]):
        return f"As in [1]. [{mark(data['fact'])}]"
    if brief.startswith(serial.QUERY[:40]):
        return f"More is needed.\n```\n{data['fact']}\n```"
    if brief.startswith(fast.JUDGE):
        if unsure and fast.UNSURE in brief:
            queries = [f"{data['fact']} {i}" for i in range(5)]
            return json.dumps({"why": "?", "answer": fast.UNSURE, "queries": queries})
        return json.dumps({"why": "so", "answer": found(data), "queries": []})
    if brief.startswith(serial.RATE[:60]):
        return f"The results [2] say so. [{found(data)}]"
    if brief.startswith(fast.SPLIT[:40]):
        return lines(data["sentences"], lambda n, s: {"sentence": n, "facts": facts_of(s)})
    if brief.startswith(fast.REVISE[:60]):
        return lines(
            data["facts"],
            lambda n, f: {"fact": n, "text": revised(f, data["answer"]), "mark": mark(f)},
        )
    raise AssertionError(brief)


def fenced(text):
    """Return the fenced parts of a message by name."""
    parts = re.findall(r"<(\w+) (\w+)>\n(.*?)\n</\1 \2>", text, re.DOTALL)
    return {name: body for name, _, body in parts}


def facts_of(sentence):
    """Split a sentence; the facts say `it` for the city."""
    return [f"It has {tower}." for tower in re.findall(r"tower\d+", sentence)]


def revised(fact, response):
    return fact.replace("It", response.split()[0], 1)


def mark(fact):
    return serial.NOT_FOO if truth(fact) == IRRELEVANT else serial.FOO


def found(data):
    return SUPPORTED if f"known that {data['fact']}" in data["found"] else NOT_SUPPORTED


def lines(listed, entry):
    """Return a JSON line for each numbered thing."""
    pairs = (line.split(". ", 1) for line in listed.splitlines())
    return "\n".join(json.dumps(entry(int(n), text)) for n, text in pairs)


def completion(asked):
    """Answer a request for a chat completion: a rater's, or a city's description."""
    seen = [Message(role=m["role"], text=m["content"]) for m in asked["messages"]]
    if len(seen) == 2:
        return rater(seen)
    city = re.search(r"in (\w+)\?", seen[0].text)[1]
    return answer(city)
