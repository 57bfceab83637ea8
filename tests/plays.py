"""Judged episodes made by hand."""

from superalign.records import Episode, Message, Move, Outcome, Problem, Reply, Verdict


def said(problem, text, stop="end", *, seed=0, policy="p"):
    seen = (Message(role="user", text=problem.prompt),)
    move = Move(seat="learner", policy=policy, seen=seen, reply=Reply(text=text, stop=stop))
    return Episode.of(problem, "solo", seed, [move])


def verdict(critic="c", passed=True, confidence=None, **fields):
    outcome = passed if isinstance(passed, Outcome) else Outcome.PASS if passed else Outcome.FAIL
    return Verdict(critic=critic, outcome=outcome, confidence=confidence, **fields)


def judged(problem, text, passed=True, confidence=None, *, critic="c", seed=0, **fields):
    return said(problem, text, seed=seed).judged(verdict(critic, passed, confidence, **fields))


def at_level(level, name="a"):
    return Problem.of(f"{name} at {level}", level=level)
