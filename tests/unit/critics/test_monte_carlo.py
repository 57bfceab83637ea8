import asyncio

import pytest

from plays import said, verdict
from superalign.critics.monte_carlo import MonteCarlo, consensus, hard, most_common
from superalign.policies.step_search import Piece
from superalign.problems.chains import answer_of
from superalign.records import Outcome, Problem, seed_of

PROBLEM = Problem.of("k3\n")


class Continues:
    """Goes on as a table says, and keeps what it was asked."""

    id = "continues"

    def __init__(self, table):
        self.table, self.asked = table, []

    async def extend(self, seen, begun, *, n=1, seed=0, to_end=False):
        assert to_end
        self.asked.append((begun, n, seed))
        return [Piece(t, "end") if isinstance(t, str) else t for t in self.table[begun]][:n]


CUT = Piece("#1", "length")
TABLE = {
    "": ["a\n#1", "b\n#1", "c\n#2", "no"],
    "a\n": ["#1", "b\n#1", "#2", CUT],
    "a\nb\n": ["#2", "#2", "#3", "x"],
    "z\n": ["#2", "#1", "#2", "#2"],
}


def judge(critic, *texts):
    played = [said(PROBLEM, text) for text in texts]
    return asyncio.run(critic.judge(played))


def test_a_step_is_worth_the_share_of_completions_that_get_there():
    policy = Continues(TABLE)
    (found,) = judge(MonteCarlo(policy, answer_of, reference={PROBLEM.id: "1"}, k=4), "a\nb\n#1")
    assert found.steps == (0.5, 0.0, 1.0)
    assert (found.outcome, found.confidence, found.samples) == (Outcome.FAIL, None, 4)
    assert hard(found.steps) == (True, False, True)
    assert [a for a, _, _ in policy.asked] == ["a\n", "a\nb\n"]
    (other,) = judge(MonteCarlo(policy, answer_of, reference={PROBLEM.id: "2"}, k=4), "z\n#2")
    assert other.steps == (0.75, 1.0)
    assert other.outcome is Outcome.PASS


def test_without_a_reference_most_solutions_from_the_prompt_say_what_is_right():
    policy = Continues(TABLE)
    critic = MonteCarlo(policy, answer_of, k=4)
    first, second = judge(critic, "a\n#2", "z\n#1")
    assert first.steps == (0.5, 0.0)
    assert second.steps == (0.25, 1.0)
    assert second.outcome is Outcome.PASS
    assert sorted(a for a, _, _ in policy.asked) == ["", "a\n", "z\n"]
    nobody = Continues({**TABLE, "": ["x", "y", CUT, "z"]})
    (unknown,) = judge(MonteCarlo(nobody, answer_of, k=4), "a\n#2")
    assert (unknown.outcome, unknown.kind) == (Outcome.UNSCORED, "no_answer")


def test_solutions_that_begin_alike_share_their_completions_and_seeds():
    policy = Continues(TABLE)
    critic = MonteCarlo(policy, answer_of, reference={PROBLEM.id: "1"}, k=3, seed=5)
    judge(critic, "a\n#1", "a\nb\n#1", "a\n#2")
    assert [(a, n) for a, n, _ in policy.asked] == [("a\n", 3), ("a\nb\n", 3)]
    seen = said(PROBLEM, "x").moves[0].seen
    assert [s for _, _, s in policy.asked] == [seed_of(5, seen, a) for a in ("a\n", "a\nb\n")]


def test_what_cannot_be_read_is_unscored():
    critic = MonteCarlo(Continues(TABLE), answer_of, k=2)
    odd = [said(PROBLEM, "", "end"), said(PROBLEM, "a\n#1", "length"), said(PROBLEM, "", "error")]
    found = asyncio.run(critic.judge([*odd, said(PROBLEM, "a\n#1")]))
    assert [v.outcome is Outcome.UNSCORED for v in found] == [True, True, True, False]
    assert asyncio.run(critic.judge([])) == []


def test_its_id_names_all_that_it_goes_by():
    policy = Continues(TABLE)
    ids = {
        MonteCarlo(policy, answer_of, **f).id
        for f in ({}, {"k": 3}, {"seed": 1}, {"reference": {"p": "1"}})
    }
    assert len(ids) == 4


def test_votes_go_to_the_first_of_equals():
    assert most_common(["2", "1", "1", "2", None]) == "2"
    assert most_common(["2", "1", "1"]) == "1"
    assert most_common([None, "1", None]) == "1"
    assert most_common([None]) is None


def test_an_answer_is_read_from_the_whole_reply():
    critic = MonteCarlo(Continues(TABLE), lambda text: text[:1], reference={PROBLEM.id: "a"}, k=4)
    (found,) = judge(critic, "a\nb\n#1")
    assert found.steps == (0.75, 1.0, 1.0)


@pytest.mark.parametrize(
    ("rollouts", "judge", "agree"),
    [
        ((0.5, 0.0, 1.0), (0.9, 0.2, 0.1), True),
        ((0.5, 0.0, 1.0), (0.4, 0.2, 0.1), False),
        ((0.1, 0.2), (0.9, 0.5), True),
        ((0.1, 0.2), (0.9, 0.4), False),
        ((), (0.9, 0.4), False),
        ((0.1,), (), False),
    ],
)
def test_a_solution_is_kept_where_both_name_the_same_first_error(rollouts, judge, agree):
    assert consensus(verdict(steps=rollouts), verdict(steps=judge)) is agree
    lenient = consensus(verdict(steps=(0.1, 0.2)), verdict(steps=(0.9, 0.4)), 0.3)
    assert lenient


def test_a_checkpoint_completes(policy):
    critic = MonteCarlo(policy, lambda text: text[-1:], k=3)
    one, again = (judge(critic, "ab\nb")[0] for _ in range(2))
    assert one == again
    assert one.samples == 3
    assert len(one.steps) == 2
