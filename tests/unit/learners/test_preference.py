"""Preference learning on the tiny organism: what each pair brings with it acts."""

import pytest
import torch

from plays import at_level, said
from superalign.learners.preference import Preference, pairs
from superalign.policies.checkpoints import fingerprint
from superalign.records import Example, Message


def example(text, weight, flipped=0.0, level=1):
    episode = said(at_level(level), text)
    return Example(
        move=episode.moves[0], weight=weight, problem=episode.problem.id, flipped=flipped
    )


def both(flipped=0.0, weight=1.0, level=1):
    chosen, rejected = ("k=4*7", "m=5+2") if level == 1 else ("p=1-9", "q=3+3")
    return [example(chosen, weight, flipped, level), example(rejected, -weight, flipped, level)]


def margin(policy, examples):
    good, bad = (sum(policy.logprobs(e.move.seen, e.move.reply.text)) for e in examples)
    return good - bad


def trained(policy, tmp_path, examples, **settings):
    settings = {"lr": 4e-3, "steps": 5, "anchor": 0.0, "beta": 0.3} | settings
    return Preference(folder=tmp_path, **settings).improve(policy, examples)


@pytest.mark.parametrize("loss", ["dpo", "cdpo", "rdpo", "ipo", "ropo", "rpo_em", "simpo"])
def test_every_loss_widens_the_margin(policy, tmp_path, loss):
    flipped = 0.1 if loss in {"cdpo", "rdpo", "rpo_em"} else 0.0
    before = margin(policy, both())
    new = trained(policy, tmp_path, both(flipped), loss=loss)
    assert margin(new, both()) > before + 0.2
    assert margin(policy, both()) == before


def test_noise_acts_a_doubted_pair_moves_the_margin_less(policy, tmp_path):
    found = [
        margin(trained(policy, tmp_path, both(e), loss="cdpo", steps=12), both())
        for e in (0.0, 0.2, 0.45)
    ]
    assert found[0] > found[1] + 0.2 > found[2] + 0.4


@pytest.mark.parametrize("loss", ["cdpo", "rdpo", "rpo_em"])
def test_noise_acts_pair_by_pair(policy, tmp_path, loss):
    """The same mean noise, once on the one pair and once on the other, learns different things."""
    found = []
    for first, second in ((0.4, 0.0), (0.0, 0.4), (0.2, 0.2)):
        examples = [*both(first), *both(second, level=2)]
        found.append(trained(policy, tmp_path, examples, loss=loss, steps=4))
    assert len({fingerprint(p.folder) for p in found}) == 3
    if loss != "rdpo":  # which doubts nothing on average: it undoes flips instead
        assert margin(found[0], both()) < margin(found[1], both())
        assert margin(found[0], both(level=2)) > margin(found[1], both(level=2))


def test_noise_that_would_be_ignored_is_refused(policy, tmp_path):
    for loss in ("dpo", "ipo", "simpo"):
        with pytest.raises(ValueError, match="would ignore the noise"):
            trained(policy, tmp_path, both(0.1), loss=loss)
    assert list(tmp_path.iterdir()) == []


def test_weight_acts_pair_by_pair(policy, tmp_path):
    found = [
        trained(policy, tmp_path, [*both(weight=w), *both(weight=1.0, level=2)], steps=4)
        for w in (0.1, 1.0)
    ]
    assert margin(found[0], both()) < margin(found[1], both())


def test_a_pair_has_the_larger_noise_and_the_smaller_weight_of_its_halves(policy, tmp_path):
    loud, quiet = example("k=4*7", 1.0, 0.0), example("m=5+2", -0.5, 0.3)
    same = [example("k=4*7", 0.5, 0.3), example("m=5+2", -0.5, 0.3)]
    one = trained(policy, tmp_path / "one", [loud, quiet], loss="cdpo", steps=3)
    other = trained(policy, tmp_path / "other", same, loss="cdpo", steps=3)
    assert fingerprint(one.folder) == fingerprint(other.folder)
    assert one.folder.name != other.folder.name


def test_a_checkpoint_is_named_by_what_was_seen(policy, tmp_path):
    asked = (Message(role="user", text="m3\n"),)
    other = [
        e.model_copy(update={"move": e.move.model_copy(update={"seen": asked})}) for e in both()
    ]
    found = [trained(policy, tmp_path, given, steps=1).folder for given in (both(), other)]
    assert len({*found}) == 2


def test_the_anchor_keeps_the_chosen_reply_likely(policy, tmp_path):
    def chosen(anchor):
        new = trained(policy, tmp_path, both(), anchor=anchor, steps=8)
        return sum(new.logprobs(both()[0].move.seen, "k=4*7"))

    assert chosen(1.0) > chosen(0.0)


def test_only_what_saw_the_same_pairs_up(policy, tmp_path):
    assert pairs([example("a", 1.0), example("b", -1.0, level=2)]) == []
    assert len(pairs([*both(), *both(level=2), example("c", 1.0)])) == 2
    assert trained(policy, tmp_path, [example("a", 1.0)]) is policy


def test_training_is_the_same_whatever_was_drawn_before(policy, tmp_path):
    found = []
    for i in range(2):
        torch.manual_seed(i)
        found.append(trained(policy, tmp_path / str(i), both(0.1), loss="rpo_em", steps=3))
    assert found[0].id == found[1].id
