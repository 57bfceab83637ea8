import asyncio
import json

import pytest
import torch

from plays import said
from superalign.critics.reward_model import RewardModel
from superalign.errors import BadInput
from superalign.learners.pairs import Pair
from superalign.learners.reward import RewardTraining
from superalign.policies.rewards import Text, padded, rewards
from superalign.records import Message, Outcome, Problem

PROBLEMS = [Problem.of(f"{chr(97 + i)}?\n") for i in range(8)]


def pair(problem):
    seen = (Message(role="user", text=problem.prompt),)
    return Pair(
        problem=problem.id, prompt=seen, chosen="#1", rejected="#2", weight=1.0, source="samples"
    )


@pytest.mark.parametrize("form", ["likelihood", "scalar"])
def test_training_on_pairs_makes_a_critic_that_tells_them_apart(policy, tmp_path, form):
    training = RewardTraining(form=form, lr=5e-3, steps=40, pairs_per_batch=4)
    folder = training.train(policy, [pair(p) for p in PROBLEMS[:6]], tmp_path)
    assert training.train(policy, [pair(p) for p in PROBLEMS[:6]], tmp_path) == folder
    assert [f.name for f in folder.glob("*.safetensors")] == ["model.safetensors"]
    critic = RewardModel(folder)
    new = [said(p, text) for p in PROBLEMS[6:] for text in ("#1", "#2")]
    verdicts = asyncio.run(critic.judge(new))
    assert [v.outcome for v in verdicts] == [Outcome.PASS, Outcome.FAIL] * 2
    assert all(v.confidence is None and v.raw == v.scores["right"] for v in verdicts)
    assert critic.id == RewardModel(folder).id


def test_a_cut_off_or_empty_reply_is_unscored(policy, tmp_path):
    folder = RewardTraining(steps=1).train(policy, [pair(PROBLEMS[0])], tmp_path)
    cut = [said(PROBLEMS[0], "#1", "length"), said(PROBLEMS[0], "")]
    verdicts = asyncio.run(RewardModel(folder).judge(cut))
    assert {(v.outcome, v.kind) for v in verdicts} == {(Outcome.UNSCORED, "unreadable")}


def test_padding_changes_no_reward_and_a_likelihood_is_the_mean_over_the_reply(policy):
    short, long = Text([1, 5, 6, 2], 2), Text([1, 5, 6, 7, 8, 9, 2], 2)
    together = rewards(policy.model, "likelihood", *padded([short, long], "cpu"))
    alone = rewards(policy.model, "likelihood", *padded([short], "cpu"))
    assert torch.allclose(together[:1], alone, atol=1e-5)
    with torch.inference_mode():
        logits = policy.model(input_ids=torch.tensor([short.tokens])).logits[0]
    found = torch.log_softmax(logits, -1)[[1, 2], [6, 2]]
    assert alone.item() == pytest.approx(found.mean().item(), abs=1e-5)


def test_a_checkpoint_that_is_no_reward_model_is_refused(policy, tmp_path):
    with pytest.raises(BadInput, match="no reward model"):
        RewardModel(policy.folder)
    (tmp_path / "config.json").write_text(json.dumps({"reward": {"form": "magic"}}))
    with pytest.raises(BadInput, match="form must be one of likelihood, scalar"):
        RewardModel(tmp_path)
    with pytest.raises(ValueError, match="none"):
        RewardTraining().train(policy, [], tmp_path)
