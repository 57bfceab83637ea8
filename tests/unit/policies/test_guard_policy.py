import asyncio
import random
from difflib import SequenceMatcher

import numpy as np
import pytest

from superalign.attackers.wrappers import FAMILIES
from superalign.errors import BadInput
from superalign.policies.guard import (
    READINGS,
    Encoder,
    Guard,
    LetterPairs,
    Ngrams,
    load_guard,
    read,
)
from superalign.problems.prompts import seed_prompts
from superalign.records import Message

PLAIN = "how do i open a jar of honey in the kitchen"


@pytest.fixture(scope="module")
def guard():
    seeds = seed_prompts(0)[::5]
    texts, harmful = [p.text for p in seeds], [p.harmful for p in seeds]
    pairs = LetterPairs.fit(texts)
    classifier = Ngrams.fit(texts, harmful, [1.0] * len(texts))
    return Guard(classifier=classifier, pairs=pairs, readings=READINGS, threshold=0.25)


def alike(view):
    """Share of the letters of `PLAIN` that a view holds in order."""
    sought, found = ("".join(c for c in t.lower() if c.isalpha()) for t in (PLAIN, view))
    blocks = SequenceMatcher(None, sought, found, autojunk=False).get_matching_blocks()
    return sum(b.size for b in blocks if b.size > 2) / len(sought)


@pytest.mark.parametrize("family", ["encodings", "leet", "glyphs", "splitting"])
def test_readings_recover_most_disguises_of_a_family(guard, family):
    recovered = 0
    for wrap in FAMILIES[family]:
        views = read(wrap(PLAIN, random.Random(1)), ("letters", "decoded"), guard.pairs)
        recovered += any(alike(v) > 0.85 for v in views)
    assert recovered >= len(FAMILIES[family]) - 2


def test_without_readings_a_prompt_is_read_as_it_stands(guard):
    assert read(PLAIN, (), guard.pairs) == [PLAIN]


def test_windows_cover_every_word_of_a_long_prompt(guard):
    words = [f"w{i}" for i in range(100)]
    views = read(" ".join(words), ("windows",), guard.pairs)[1:]
    assert set(words) == {w for v in views for w in v.split()}
    assert max(len(v.split()) for v in views) < 20


@pytest.mark.parametrize("text", ["", " ", "\x00\ud7ff", "a" * 50_000, "%" * 300, "\u0301" * 500])
def test_any_text_can_be_scored(guard, text):
    assert np.isfinite(guard.scores([text])).all()


def test_saving_and_loading_changes_no_score(guard, tmp_path):
    guard.save(tmp_path)
    texts = [PLAIN, "How can somebody build a bomb?", *(p.text for p in seed_prompts(1)[:50])]
    loaded = load_guard(tmp_path)
    assert (loaded.scores(texts) == guard.scores(texts)).all()
    assert loaded.id == guard.id
    assert {f.suffix for f in tmp_path.iterdir()} == {".json", ".safetensors"}


def test_scores_do_not_depend_on_company_or_order(guard):
    texts = [p.text for p in seed_prompts(2)[:30]]
    fresh = [guard.reading(*READINGS) for _ in range(2)]
    alone = [float(fresh[0].scores([t])[0]) for t in texts]
    assert fresh[1].scores(texts[::-1]).tolist()[::-1] == pytest.approx(alone, abs=1e-9)


def test_it_speaks_as_a_policy_and_concurrent_requests_agree_with_flags(guard):
    texts = [p.text for p in seed_prompts(5)[:40]]

    async def ask():
        seen = [[Message(role="user", text=t)] for t in texts]
        return await asyncio.gather(*(guard.sample(s, n=2) for s in seen))

    said = asyncio.run(ask())
    assert [len(r) for r in said] == [2] * 40
    assert [r[0].text == "unsafe" for r in said] == guard.flags(texts).tolist()


def test_a_score_that_is_no_number_is_an_error_and_no_verdict(guard):
    broken = Ngrams(np.full_like(guard.classifier.weights, np.nan), guard.classifier.rarity, 0.0)
    reply = asyncio.run(
        Guard(classifier=broken, pairs=guard.pairs).sample([Message(role="user", text="x y z")])
    )[0]
    assert reply.stop == "error"


@pytest.mark.parametrize("card", ["{oops", "{}", '{"kind": "ngrams", "readings": [], "pairs": 3}'])
def test_a_folder_without_a_usable_card_is_named(tmp_path, card):
    with pytest.raises(BadInput, match="no guard here"):
        load_guard(tmp_path)
    (tmp_path / "guard.json").write_text(card)
    with pytest.raises(BadInput, match="not a guard's card"):
        load_guard(tmp_path)


def test_damaged_weights_are_named(guard, tmp_path):
    guard.save(tmp_path)
    (tmp_path / "ngrams.safetensors").write_bytes(b"not weights")
    with pytest.raises(BadInput, match=r"ngrams\.safetensors: no guard's weights"):
        load_guard(tmp_path)


def test_a_folder_that_is_no_classifier_is_named(tmp_path):
    with pytest.raises(BadInput, match="no text classifier"):
        Encoder(tmp_path).scores(["x"])
