"""The learners that make checkpoints, on the tiny organism."""

import random

import pytest
import torch

from plays import at_level, said
from superalign.errors import BadInput
from superalign.learners import process_reward
from superalign.learners.labelled import Labelled, cut_short, tamper
from superalign.learners.optimise import IGNORED
from superalign.learners.process_reward import ProcessRewardTraining, rows_of
from superalign.learners.sft import Sft
from superalign.policies.checkpoints import fingerprint
from superalign.problems import chains, chains_corpus
from superalign.progress import Progress
from superalign.recipes.chains.critic import compose
from superalign.records import Example, Message, Problem


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


def test_a_finetuned_checkpoint_is_named_by_what_was_seen_and_how_the_reply_stopped(
    policy, tmp_path
):
    plain = example("ab")
    seen = plain.move.model_copy(update={"seen": (Message(role="user", text="k3\n"),)})
    cut_off = plain.move.model_copy(
        update={"reply": plain.move.reply.model_copy(update={"stop": "length"})}
    )
    moves = (plain.move, seen, cut_off)
    given = [plain.model_copy(update={"move": move}) for move in moves]
    sft = Sft(folder=tmp_path, steps=2)
    assert len({sft.improve(policy, [e]).folder for e in given}) == 3


def test_nothing_accepted_is_nothing_learnt(policy, tmp_path):
    assert Sft(folder=tmp_path).improve(policy, [example("a", -1.0), example("b", 0.0)]) is policy
    assert list(tmp_path.iterdir()) == []


class Counts(Progress):
    def __init__(self, steps):
        self.steps = steps

    def advance(self, steps=1):
        self.steps.append(steps)


def test_a_checkpoint_that_is_there_is_not_made_again(policy, tmp_path):
    steps = []
    sft = Sft(folder=tmp_path, steps=2, progress=Counts(steps))
    made = [sft.improve(policy, [example("a")]).folder for _ in range(2)]
    assert made[0] == made[1]
    assert len(steps) == 2


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


def test_a_solution_cut_short_is_first_wrong_where_it_stops():
    rng = random.Random(0)
    for seed in range(100):
        problem, solution = chain_of(2 + seed % 7, seed)
        kept = cut_short(solution, rng)
        assert solution.startswith(kept + "\n")
        assert chains.check(problem.prompt, kept).first_error == kept.count("\n")
    with pytest.raises(ValueError, match="nothing to cut"):
        cut_short("#8", rng)


def to(prompt):
    return (Message(role="user", text=prompt),)


def labelled():
    found = []
    for seed in range(6):
        problem, solution = chain_of(2, seed)
        found.append(Labelled(to(problem.prompt), solution, (True, True, True)))
    problem, solution = chain_of(2, 9)
    return [*found, Labelled(to(problem.prompt), solution, (True, False, True))]


def rows_from(training, policy, given=None):
    return rows_of(policy, training.shown(given or labelled(), random.Random(0)))


def lines_of(row):
    """Return {line: label} of a training row."""
    return {t // 2: t % 2 for t in row.targets if t != IGNORED}


def test_only_approved_solutions_are_tampered_with(policy):
    rows = rows_from(ProcessRewardTraining(tampered=9), policy)
    assert len(rows) == 7 + 6 * (9 + 1)
    assert [lines_of(r) for r in rows[:7]] == [{0: 1, 1: 1, 2: 1}] * 6 + [{0: 1, 1: 0, 2: 1}]
    for row in rows[7:]:
        labels = list(lines_of(row).values())
        assert labels == [1] * (len(labels) - 1) + [0]
    assert {len(lines_of(r)) for r in rows[7:]} == {1, 2, 3}
    assert len(rows_from(ProcessRewardTraining(tampered=0), policy)) == 7


def join(parts, rng):
    return None if len(parts) == 4 else Labelled(to("k3\n"), "a\nb\n#1", (True, True, True))


def testcomposed_solutions_are_shown_and_tampered_with_too(policy):
    rows = rows_from(ProcessRewardTraining(tampered=1, composed=3, compose=join), policy)
    made = (len(rows) - 7 - 6 * 2) / 3
    assert made == int(made)
    assert 7 < made < 21


def test_labels_are_taken_from_what_people_say_of_each_line():
    problem, solution = chain_of(1, 0)
    found = Labelled.of(said(problem, solution), (1.0, 0.0))
    assert found == Labelled(to(problem.prompt), solution, (True, False))


def test_a_labelled_solution_keeps_the_messages_it_answers_apart():
    episode = said(at_level(1), "#1")
    system = Message(role="system", text="be brief")
    seen = (system, *episode.moves[0].seen)
    move = episode.moves[0].model_copy(update={"seen": seen})
    found = Labelled.of(episode.model_copy(update={"moves": (move,)}), (1.0,))
    assert found.seen == seen


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_critic_can_be_trained_on_few_labelled_solutions(policy, tmp_path, n):
    training = ProcessRewardTraining(steps=2, composed=2, compose=compose)
    few = labelled()[:n]
    shown = training.shown(few, random.Random(0))
    assert shown[:n] == few
    assert any(len(x.steps) > 3 for x in shown)
    assert training.train(policy, few, tmp_path).is_dir()


def test_a_critic_cannot_be_trained_on_nothing(policy, tmp_path):
    with pytest.raises(BadInput, match="no labelled solution to train on"):
        ProcessRewardTraining(steps=2).train(policy, [], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_critics_checkpoint_is_named_by_all_that_it_learns_from(policy, tmp_path, monkeypatch):
    def other(parts, rng):
        return Labelled(to("k4\n"), "a\nb\n#1", (True, True, True))

    def name(compose=None):
        training = ProcessRewardTraining(steps=1, tampered=1, composed=1, compose=compose)
        return training.train(policy, labelled(), tmp_path).name

    names = {name(), name(join), name(other)}
    monkeypatch.setattr(process_reward, "UNTRAINED", (1.0, 2.0))
    names.add(name())
    monkeypatch.undo()
    monkeypatch.setattr(process_reward, "cut_short", lambda text, rng: text.split("\n")[0])
    names.add(name())
    assert len(names) == 5
    monkeypatch.undo()
    assert name() in names


@pytest.mark.parametrize("seed", range(20))
def test_the_chains_composition_keeps_the_truth_of_every_line(seed):
    rng = random.Random(seed)
    parts = []
    for _ in range(3):
        problem = chains.draw(
            rng.choice((1, 2, 3)), rng, chains.Axes(distractors=rng.choice((0, 1)))
        )
        chain = chains.parse(problem.prompt)
        solution = chains_corpus.write(chain, rng, misled=rng.random() < 0.5, slip=0.3)
        steps = chains.check(problem.prompt, solution).steps
        parts.append(Labelled(to(problem.prompt), solution, steps))
    found = compose(parts, rng)
    assert found is not None
    (asked,) = found.seen
    assert chains.check(asked.text, found.solution).steps == found.steps
    assert len(found.steps) == sum(len(p.steps) - 1 for p in parts) + 1


def test_what_does_not_fit_together_is_notcomposed():
    long = chains.draw(8, random.Random(0), chains.Axes(distractors=2))
    part = Labelled(to(long.prompt), chains.solve(chains.parse(long.prompt)), (True,) * 9)
    assert compose([part] * 3, random.Random(0)) is None
    assert (
        compose([part, Labelled(to("k3\nk?\n"), "no answer", (False,))], random.Random(0)) is None
    )


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
    known = [Labelled.of(good, (1.0, 1.0)), Labelled.of(bad, (1.0, 0.0))]
    training = ProcessRewardTraining(steps=80, tampered=0, lr=5e-3)
    folder = training.train(policy, known, tmp_path)
    right, wrong = asyncio.run(ProcessReward(folder, policy).judge([good, bad]))
    assert right.confidence > 0.8 > 0.2 > wrong.confidence
    assert wrong.issues[0].step == 1
