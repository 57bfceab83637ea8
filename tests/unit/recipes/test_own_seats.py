"""Who sits down in a run on a user's own problems: a learner steered by a small pair."""

import json

import pytest

from superalign.errors import BadInput
from superalign.policies.local import LocalPolicy
from superalign.policies.scripted import Scripted
from superalign.policies.search import Searched
from superalign.progress import Progress
from superalign.recipes.own.config import OwnConfig
from superalign.recipes.own.run import run_own
from superalign.recipes.own.seats import Seats, check, fill

PAIR = ["chains-50k", "requests-50k"]


def config(learner, path="none.jsonl", **fields):
    given = {"problems": str(path), "learner": str(learner), "critic": str(learner), "looks": 1}
    return OwnConfig.read({**given, "samples": 1, "max_tokens": 6, **fields}, "recipe own")


def test_a_steered_learner_is_searched_by_the_pair_in_its_order_and_not_trained(tiny, tmp_path):
    seats = fill(config(tiny, steering=PAIR), tmp_path / "replies")
    assert isinstance(seats.learner, Searched)
    large, tuned, untuned = seats.learner.policy, seats.learner.tuned, seats.learner.untuned
    assert [p.folder.name for p in (large, tuned, untuned)] == [tiny.name, *PAIR]
    assert large is seats.critic
    assert large.sampling.max_new_tokens == 6
    assert not seats.trainable
    plain = fill(config(tiny), tmp_path / "replies")
    assert isinstance(plain.learner, LocalPolicy)
    assert plain.trainable
    assert seats.chats == plain.chats
    assert config(tiny).identity() != config(tiny, steering=PAIR).identity()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"learner": "openai/x", "steering": PAIR}, "'steering' needs a learner at hand"),
        ({"steering": ["chains-50k", "chains-0k"]}, "chains-0k"),
        ({"steering": ["nothing/here", "chains-50k"]}, "nothing/here"),
    ],
)
def test_what_cannot_steer_is_said_before_anything_is_written(fields, why):
    with pytest.raises(BadInput, match=why):
        check(config(**{"learner": "chains-50k", **fields}))


def test_the_loop_runs_with_a_steered_learner_and_says_so(tiny, tmp_path):
    path, said = tmp_path / "rows.jsonl", []
    path.write_text("".join(json.dumps({"prompt": f"a={i}"}) + "\n" for i in range(2)))
    asked = config(tiny, path, steering=[str(tiny), str(tiny)])
    learner = fill(asked, tmp_path / "replies").learner
    progress = Progress()
    progress.say = said.append
    critic = Scripted(json.dumps({"issues": [], "verdict": "pass", "confidence": 0.9}))
    seats = Seats(learner=learner, critic=critic)
    found = run_own(asked, tmp_path / "run", progress, seats=seats)
    assert found["answers"] == {"n": 2, "error": 0, "refused": 0}
    assert (found["trainable"], found["checkpoint"]) == (False, None)
    assert "is steered and cannot be trained here" in said[0]
