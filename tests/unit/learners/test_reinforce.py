import pytest
import torch

from plays import at_level, judged, said
from superalign import credit
from superalign.learners import reinforce
from superalign.learners.reinforce import Reinforce
from superalign.measures.advantages import dr_grpo, grpo, rloo
from superalign.policies.checkpoints import fingerprint
from superalign.records import Example, Message, Outcome


def example(text, weight):
    return Example(move=said(at_level(1), text).moves[0], weight=weight, problem=at_level(1).id)


def loglik(policy, text):
    return sum(policy.logprobs(example(text, 1.0).move.seen, text))


def group():
    episodes = [judged(at_level(1), t, confidence=c) for t, c in [("k=7", 0.9), ("m=2", 0.1)]]
    episodes.append(judged(at_level(1), "z=0", Outcome.UNSCORED))
    return credit.advantaged(episodes, "c", grpo)


def trained(policy, folder, examples, **settings):
    settings = {"lr": 1e-3, "steps": 6} | settings
    return Reinforce(folder=folder, **settings).improve(policy, examples)


def test_advantages_move_likelihood_both_ways(policy, tmp_path):
    before = [loglik(policy, t) for t in ("k=7", "m=2")]
    new = trained(policy, tmp_path, group())
    assert loglik(new, "k=7") > before[0]
    assert loglik(new, "m=2") < before[1]
    assert [loglik(policy, t) for t in ("k=7", "m=2")] == before


def test_without_advantages_nothing_is_learnt(policy, tmp_path):
    flat = [judged(at_level(1), t, confidence=0.5) for t in ("k=7", "m=2")]
    assert trained(policy, tmp_path, credit.advantaged(flat, "c", grpo)) is policy
    assert list(tmp_path.iterdir()) == []


def test_the_clip_bounds_how_far_many_steps_go(policy, tmp_path):
    settings = {"steps": 20, "lr": 5e-3, "beta": 0.0}
    held = trained(policy, tmp_path, [example("k=7", 1.0)], **settings)
    free = trained(policy, tmp_path, [example("k=7", 1.0)], clip=(0.2, 1e6), **settings)
    before = loglik(policy, "k=7")
    assert loglik(held, "k=7") - before < 0.7 * (loglik(free, "k=7") - before)


def test_the_reference_pulls_back(policy, tmp_path):
    free, held = (
        trained(policy, tmp_path, [example("k=7", -1.0)], beta=b, clip=(1.0, 9.0), steps=8)
        for b in (0.0, 5.0)
    )
    assert loglik(free, "k=7") < loglik(held, "k=7") < loglik(policy, "k=7")


def test_a_checkpoint_is_named_by_what_was_seen_and_how_the_reply_stopped(policy, tmp_path):
    plain = example("k=7", 1.0)
    asked = plain.move.model_copy(update={"seen": (Message(role="user", text="m3\n"),)})
    cut_off = plain.move.model_copy(
        update={"reply": plain.move.reply.model_copy(update={"stop": "length"})}
    )
    given = [plain.model_copy(update={"move": m}) for m in (plain.move, asked, cut_off)]
    found = [trained(policy, tmp_path, [e], steps=1).folder for e in given]
    assert len({*found}) == 3


def test_another_reference_is_another_policy(policy, tmp_path):
    other = trained(policy, tmp_path, [example("m=2", 1.0)])
    one, two = (trained(policy, tmp_path, group(), beta=1.0, reference=r) for r in (None, other))
    assert one.folder.name != two.folder.name
    assert fingerprint(one.folder) != fingerprint(two.folder)


def test_the_normaliser_is_the_batchs_tokens_or_a_fixed_length(policy, tmp_path):
    found = {
        fingerprint(
            trained(policy, tmp_path, [*group(), example("k=7;k=8", 0.5)], length=n, steps=2).folder
        )
        for n in (None, 64)
    }
    assert len(found) == 2


def test_training_is_the_same_whatever_was_drawn_before(policy, tmp_path):
    found = []
    for i in range(2):
        torch.manual_seed(i)
        found.append(trained(policy, tmp_path / str(i), group(), steps=3))
    assert found[0].id == found[1].id
    assert found[0].folder.name == found[1].folder.name


@pytest.mark.parametrize("scheme", [grpo, rloo, dr_grpo])
def test_every_scheme_makes_examples(scheme):
    episodes = [judged(at_level(1), t, confidence=c) for t, c in [("a", 1.0), ("b", 0.0)]]
    assert [e.weight > 0 for e in credit.advantaged(episodes, "c", scheme)] == [True, False]


def test_a_step_sees_moves_of_all_lengths(policy, tmp_path, monkeypatch):
    """Batches of one length are mostly right or mostly wrong; a step on wrong ones unlearns all."""
    seen = []

    def watched(model, batches, loss, schedule, progress, *, parts):
        seen.extend(len(r.tokens) for r in next(batches))

    monkeypatch.setattr(reinforce, "optimise", watched)
    moves = [example("k=7" * n, w) for n in (1, 20) for w in (1.0, -1.0)]
    trained(policy, tmp_path, moves, tokens_per_batch=8)
    assert len(set(seen)) == 2


def test_how_much_is_read_at_a_time_changes_nothing(policy, tmp_path):
    moves = [example("k=7" * n, w) for n, w in ((1, 1.0), (3, -0.5), (6, 0.2))]
    for length in (None, 10):
        new = [
            trained(policy, tmp_path / f"{length}{n}", moves, tokens_per_batch=n, length=length)
            for n in (8, 4096)
        ]
        assert loglik(new[0], "k=7") == pytest.approx(loglik(new[1], "k=7"), abs=1e-4)
