import random

import numpy as np
import pytest

from superalign.attackers.wrappers import FAMILIES, holding_out
from superalign.learners.guard import HardenGuard
from superalign.policies.guard import SAFE, UNSAFE, Encoder, Guard, LetterPairs, Ngrams, load_guard
from superalign.problems.prompts import seed_prompts
from superalign.records import Example, Message, Move, Reply


def example(text, harmful, guard=None):
    flagged = bool(guard.flags([text])[0]) if guard else harmful
    move = Move(
        seat="learner",
        policy="x",
        seen=(Message(role="user", text=text),),
        reply=Reply(text=UNSAFE if flagged else SAFE),
    )
    return Example(move=move, weight=1.0 if flagged == harmful else -1.0)


def blank():
    return Guard(classifier=Ngrams.empty(), pairs=LetterPairs.unknown())


@pytest.fixture(scope="module")
def plain():
    return seed_prompts(0)[::3]


@pytest.fixture(scope="module")
def start(plain, tmp_path_factory):
    learner = HardenGuard(folder=tmp_path_factory.mktemp("policies"))
    return learner.improve(blank(), [example(p.text, p.harmful) for p in plain])


def test_the_start_learns_the_labels_and_takes_up_no_reading(plain, start):
    right = [
        flag == p.harmful
        for flag, p in zip(start.flags([p.text for p in plain]), plain, strict=True)
    ]
    assert sum(right) > 0.95 * len(right)
    assert start.readings == ()


def test_the_sign_of_a_weight_says_whether_the_answer_was_right(plain, start, tmp_path):
    wrong = [example(p.text, p.harmful, blank()) for p in plain]
    assert {e.weight for e in wrong} == {1.0, -1.0}
    learnt = HardenGuard(folder=tmp_path, take_up=False).improve(blank(), wrong)
    texts = [p.text for p in plain]
    assert learnt.scores(texts).tolist() == pytest.approx(start.scores(texts).tolist(), abs=1e-6)


def test_a_reading_is_taken_up_for_what_it_catches_and_the_old_guard_stays(plain, start, tmp_path):
    side, _ = holding_out([f for f in FAMILIES if f != "leet"])
    rng = random.Random(0)
    disguised = [(side.wrap(p.text, "leet", rng), p.harmful) for p in plain[::3]]
    safe, harmful = ([t for t, h in disguised if h == label] for label in (False, True))

    def careful(guard):
        return guard.at(float(np.quantile(guard.scores(safe), 0.95)))

    before = careful(start)
    examples = [example(p.text, p.harmful, before) for p in plain]
    examples += [example(t, h, before) for t, h in disguised]
    learnt = HardenGuard(folder=tmp_path).improve(before, examples)
    assert "letters" in learnt.readings
    assert "decoded" not in learnt.readings, "nothing it missed was encoded"
    assert careful(learnt).flags(harmful).mean() > before.flags(harmful).mean() + 0.2
    assert start.readings == ()
    fixed = HardenGuard(folder=tmp_path, take_up=False).improve(before, examples)
    assert fixed.readings == ()


def test_nothing_to_learn_from_changes_nothing(start, tmp_path):
    assert HardenGuard(folder=tmp_path).improve(start, []) is start


@pytest.fixture
def encoder(tmp_path, plain):
    """A tiny real checkpoint with a tokenizer of its own."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(special_tokens=["[PAD]", "[UNK]"])
    tokenizer.train_from_iterator([p.text for p in plain], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]")
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        id2label={0: "unsafe", 1: "safe"},
        label2id={"unsafe": 0, "safe": 1},
    )
    folder = tmp_path / "encoder"
    BertForSequenceClassification(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return Encoder(folder)


def test_an_encoder_is_trained_saved_and_loaded_and_knows_its_unsafe_label(
    encoder, plain, tmp_path
):
    assert encoder.unsafe == 0
    guard = Guard(classifier=encoder, pairs=LetterPairs.unknown())
    examples = [example(p.text, p.harmful) for p in plain[:200]]
    before = guard.scores([p.text for p in plain[:20]])
    learnt = HardenGuard(folder=tmp_path / "policies").improve(guard, examples, seed=3)
    assert learnt.id != guard.id
    assert (guard.scores([p.text for p in plain[:20]]) == before).all()
    place = tmp_path / "saved"
    place.mkdir()
    learnt.save(place)
    texts = [p.text for p in plain[:20]]
    assert load_guard(place).scores(texts).tolist() == pytest.approx(learnt.scores(texts).tolist())
    assert not list(place.glob("*.bin"))
