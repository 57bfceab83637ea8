import random

from superalign.problems.chains import answer_of, check, draw, parse, solve
from superalign.problems.slips import slipped


def test_a_slipped_solution_is_wrong_in_one_step_and_states_the_answer_that_follows():
    rng, places = random.Random(1), set()
    for _ in range(200):
        problem = draw(rng.choice((1, 2, 3, 4)), rng)
        chain = parse(problem.prompt)
        text = slipped(chain, rng)
        found = check(problem.prompt, text)
        assert sum(found.steps) == len(found.steps) - 1
        assert found.steps[-1]
        assert answer_of(text) not in (None, answer_of(solve(chain)))
        places.add(found.first_error)
    assert places == {0, 1, 2, 3}


def test_an_error_that_cannot_reach_the_answer_is_not_made():
    chain = parse("k3\nb=k+1\nx=b*0\nx?\n")
    rng = random.Random(2)
    for _ in range(20):
        assert slipped(chain, rng).startswith("b=k+1=k3+1=b4\nx=b*0=b4*0=x")
    assert slipped(parse("k3\nk?\n"), rng) is None
