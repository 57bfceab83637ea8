import random
from collections import Counter
from itertools import islice

import pytest

from superalign.problems import chains, chains_corpus
from superalign.problems.chains_corpus import LEVEL_WEIGHTS, LEVELS, MISLED, misconceive, write


@pytest.mark.parametrize(
    ("operator", "left", "right", "result"),
    [
        ("-", 3, 8, 5),
        ("-", 8, 3, 5),
        ("-", 4, 4, 0),
        ("*", 7, 8, 5),
        ("*", 2, 5, 1),
        ("*", 3, 3, 9),
        ("+", 7, 8, 5),
    ],
)
def test_misconceptions_are_as_documented(operator, left, right, result):
    assert misconceive(operator, left, right) == result


def test_a_sound_author_is_right_and_a_misled_one_only_where_the_rules_do_not_bite():
    rng = random.Random(1)
    for _ in range(200):
        problem = chains.draw(rng.choice(LEVELS), rng)
        chain = chains.parse(problem.prompt)
        assert write(chain, rng, misled=False, slip=0) == chains.solve(chain)
        misled = write(chain, rng, misled=True, slip=0)
        for line, right in zip(
            misled.split("\n")[:-1], chains.check(problem.prompt, misled).steps, strict=False
        ):
            _, rule, filled, end = line.split("=")
            values = [int(c) for c in filled if c.isdigit()]
            assert right == (misconceive(rule[1], *values) == chains.compute(rule[1], *values))
            assert int(end[1]) == misconceive(rule[1], *values)


def test_a_slip_is_always_wrong_and_is_carried_on():
    rng = random.Random(2)
    problem = chains.draw(5, rng)
    found = chains.check(
        problem.prompt, write(chains.parse(problem.prompt), rng, misled=False, slip=1.0)
    )
    assert found.steps == (False,) * 5 + (True,)


def test_documents_depend_on_the_seed_alone_and_follow_the_stated_shares():
    drawn = list(islice(chains_corpus.documents(3), 3000))
    assert drawn[:20] == list(islice(chains_corpus.documents(3), 20))
    assert drawn[:20] != list(islice(chains_corpus.documents(4), 20))
    levels = Counter(p.level for p, _ in drawn)
    for level, weight in zip(LEVELS, LEVEL_WEIGHTS, strict=True):
        assert abs(levels[level] / 3000 - weight / sum(LEVEL_WEIGHTS)) < 0.03
    wrong = {
        level: [not chains.check(p.prompt, s).right for p, s in drawn if p.level == level]
        for level in LEVELS
    }
    assert sum(wrong[3]) / len(wrong[3]) < 0.25 < 0.5 < sum(wrong[8]) / len(wrong[8])
    assert sum(wrong[8]) / len(wrong[8]) < MISLED[8] + 0.1
