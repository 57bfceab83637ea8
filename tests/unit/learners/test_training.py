"""The learners that make checkpoints, on the tiny organism."""

import random

import pytest
import torch
from plays import at_level, said

from superalign.learners.optimise import IGNORED
from superalign.learners.process_reward import Labelled, ProcessRewardTraining, tamper
from superalign.learners.sft import Sft
from superalign.policies.checkpoints import fingerprint
from superalign.problems import chains
from superalign.records import Example, Problem


def example(text, weight=1.0, problem=None):
    episode = said(problem or at_level(1), text)
    return Example(move=episode.moves[0], weight=weight, problem=episode.problem.id)


def test_finetuning_makes_the_accepted_likelier_and_leaves_the_old_policy_alone(policy, tmp_path):
    good = example("b=k*7")
    before = sum(policy.logprobs(good.move.seen, "b=k*7"))
    old = policy.id
    sft = Sft(folder=tmp_path, steps=15, lr=3e-3)
    new = sft.improve(policy, [good])
    assert sum(new.logprobs(good.move.seen, "b=k*7")) > before + 1
    assert sum(policy.logprobs(good.move.seen, "b=k*7")) == before
    assert policy.at(policy.folder).id == old
    assert new.sampling == policy.sampling


def test_finetuning_depends_on_its_input_and_seed_alone(policy, tmp_path):
    found = []
    for i, (seed, text) in enumerate([(0, "ab"), (0, "ab"), (1, "ab"), (0, "ac")]):
        torch.manual_seed(i)
        sft = Sft(folder=tmp_path / str(i), steps=3, lr=1e-3)
        many = [example(text), *(example("d" * n) for n in range(1, 9))]
        found.append(sft.improve(policy, many, seed=seed))
    assert found[0].id == found[1].id
    assert found[0].folder.name == found[1].folder.name
    assert len({p.folder.name for p in found}) == 3


def test_nothing_accepted_is_nothing_learnt(policy, tmp_path):
    assert Sft(folder=tmp_path).improve(policy, [example("a", -1.0), example("b", 0.0)]) is policy
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_that_is_there_is_not_made_again(policy, tmp_path):
    sft = Sft(folder=tmp_path, steps=2)
    made = sft.improve(policy, [example("a")]).folder
    at = (made / "model.safetensors").stat().st_mtime_ns
    assert sft.improve(policy, [example("a")]).folder == made
    assert (made / "model.safetensors").stat().st_mtime_ns == at


def chain_of(level, seed):
    problem = chains.draw(level, random.Random(seed))
    return problem, chains.solve(chains.parse(problem.prompt))


def test_tampering_always_makes_the_tampered_line_the_first_wrong_one():
    rng = random.Random(0)
    for seed in range(300):
        problem, solution = chain_of(1 + seed % 8, seed)
        changed, at = tamper(solution, rng)
        assert sum(a != b for a, b in zip(solution, changed, strict=True)) == 1
        assert changed[at] != solution[at]
        found = chains.check(problem.prompt, changed)
        assert found.first_error == solution.count("\n", 0, at)


def test_tampering_reaches_letters_digits_and_the_answer():
    rng = random.Random(0)
    _, solution = chain_of(2, 0)
    places = {tamper(solution, rng)[1] for _ in range(500)}
    assert places == {i for i, c in enumerate(solution) if c.isalnum()}
    with pytest.raises(ValueError, match="nothing to tamper"):
        tamper("=\n#", rng)


def labelled():
    found = []
    for seed in range(6):
        problem, solution = chain_of(2, seed)
        found.append(Labelled(said(problem, solution), (True, True, True)))
    problem, solution = chain_of(2, 9)
    return [*found, Labelled(said(problem, solution), (True, False, True))]


def test_only_approved_solutions_are_tampered_with(policy):
    rows = ProcessRewardTraining(tampered=3).rows(policy, labelled(), random.Random(0))
    assert len(rows) == 7 + 6 * 3
    tampered = [r for i, r in enumerate(rows[:24]) if i % 4]
    for row in tampered:
        learnt = [t for t in row.targets if t != IGNORED]
        assert learnt == sorted(learnt, reverse=True)
        assert learnt[-1] == 0
    assert all(set(r.targets) == {IGNORED, 1} for r in rows[:24:4])
    assert rows[-1].targets.count(0) == 1
    assert len(ProcessRewardTraining(tampered=0).rows(policy, labelled(), random.Random(0))) == 7


def test_a_critic_is_the_same_whatever_random_numbers_were_drawn_before(policy, tmp_path):
    training = ProcessRewardTraining(steps=3, tampered=1)
    torch.manual_seed(1)
    one = training.train(policy, labelled(), tmp_path / "one", seed=5)
    torch.manual_seed(2)
    other = training.train(policy, labelled(), tmp_path / "other", seed=5)
    assert one.name == other.name
    assert fingerprint(one) == fingerprint(other)
    third = training.train(policy, labelled(), tmp_path / "one", seed=6)
    assert third.name != one.name
    assert fingerprint(third) != fingerprint(one)


def test_a_critic_learns_to_tell_right_lines_from_tampered_ones(policy, tmp_path):
    import asyncio

    from superalign.critics.process_reward import ProcessReward

    problem = Problem.of("k3\n")
    good, bad = said(problem, "aaaa\n#1"), said(problem, "aaaa\n#2")
    known = [Labelled(good, (True, True)), Labelled(bad, (True, False))]
    folder = ProcessRewardTraining(steps=60, tampered=0, lr=5e-3).train(policy, known, tmp_path)
    right, wrong = asyncio.run(ProcessReward(folder, policy).judge([good, bad]))
    assert right.confidence > 0.8 > 0.2 > wrong.confidence
    assert wrong.issues[0].step == 1
