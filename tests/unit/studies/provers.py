"""Solutions of provers made by hand."""

from superalign.games.prover_verifier import MARKS, ProverVerifier
from superalign.records import Episode, Message, Move, Problem, Reply

PROBLEM = Problem.of("k3\nb=k*7\nb?\n", level=1)
OTHER = Problem.of("k4\nb=k*7\nb?\n", level=1)
RIGHT, LUCKY, WRONG = "b=k*7=k3*7=b1\n#1", "b=k*7=k3*7=b2\n#1", "b=k*7=k3*7=b2\n#2"


def proven(text, role="helpful", problem=PROBLEM, seed=0, stop="end"):
    seen = (
        Message(role="system", text=MARKS[role]),
        Message(role="user", text=problem.prompt),
    )
    move = Move(seat="prover", policy="p", seen=seen, reply=Reply(text=text, stop=stop, tokens=3))
    return Episode.of(problem, f"{ProverVerifier.name}-{role}", seed, [move])
