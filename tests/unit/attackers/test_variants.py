import asyncio
import json

import pytest

from superalign.attackers.variants import variants
from superalign.policies.reading import LONGEST
from superalign.policies.scripted import Scripted
from superalign.records import Problem, Reply

PARENT = Problem.of("What is 2+3?", level=1, tags=("sums",))


def variant(said):
    return asyncio.run(variants(Scripted([said]), [PARENT], seed=0))[0]


def test_a_variant_knows_its_parent_and_claims_no_level():
    problem = variant("Here: " + json.dumps({"problem": " What is 12*3? "}))
    assert problem.prompt == "What is 12*3?"
    assert (problem.parent, problem.level, problem.tags) == (PARENT.id, None, ("sums", "variant"))
    assert problem.id != PARENT.id


UNUSABLE = {
    "no JSON": "What is 12*3?",
    "broken JSON": '{"problem": "What',
    "another object": '{"question": "What is 12*3?"}',
    "no text": '{"problem": 7}',
    "empty": '{"problem": " "}',
    "the same": json.dumps({"problem": "What  is 2+3?\n"}),
    "endless": json.dumps({"problem": "x" * (LONGEST + 1)}),
    "cut off": Reply(text='{"problem": "What is 12*3?"}', stop="length"),
    "failed": Reply(text="", stop="error"),
}


@pytest.mark.parametrize("said", UNUSABLE.values(), ids=UNUSABLE)
def test_what_is_no_new_problem_is_dropped(said):
    assert variant(said) is None
