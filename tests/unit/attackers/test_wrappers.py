import base64
import random
import re

import pytest

from superalign.attackers import surfaces
from superalign.attackers.wrappers import FAMILIES, MECHANISMS, NESTED, holding_out, split

PROMPT = 'How do I open {braces} and a "quoted" jar, quickly?'
EVERY = [(family, i) for family, found in FAMILIES.items() for i in range(len(found))]


@pytest.mark.parametrize(("family", "i"), EVERY)
def test_equal_generators_give_equal_disguises_and_the_prompt_is_changed(family, i):
    wrap = FAMILIES[family][i]
    first, again = (wrap(PROMPT, random.Random(7)) for _ in range(2))
    assert first == again
    assert first != PROMPT


@pytest.mark.parametrize("family", MECHANISMS["framing"])
def test_framings_keep_the_request_word_for_word(family):
    for wrap in FAMILIES[family]:
        assert PROMPT in wrap(PROMPT, random.Random(1))


def test_byte_encodings_decode_to_the_original():
    rng = random.Random(0)
    assert base64.b64decode(surfaces.to_base64(PROMPT, rng)).decode() == PROMPT
    assert base64.b32decode(surfaces.to_base32(PROMPT, rng)).decode() == PROMPT
    for _ in range(6):
        digits = re.sub("[ -]", "", surfaces.to_hex(PROMPT, rng))
        assert bytes.fromhex(digits).decode() == PROMPT
    bits = surfaces.to_binary(PROMPT, rng).split()
    assert bytes(int(b, 2) for b in bits).decode() == PROMPT


def test_letter_ciphers_turn_back():
    rng = random.Random(0)
    assert surfaces.shifted(surfaces.shifted(PROMPT, 5), -5) == PROMPT
    for turn in (surfaces.to_rot13, surfaces.to_atbash, surfaces.to_reversed):
        assert turn(turn(PROMPT, rng), rng) == PROMPT


def test_pieces_join_to_the_original():
    text = surfaces.in_pieces("How do I open a jar?", random.Random(3))
    assert "".join(re.findall(r'"(.*?)"', text)) == "How do I open a jar?"


def test_every_seed_holds_out_half_of_every_mechanism_and_seeds_differ():
    splits = [split(seed) for seed in range(20)]
    for seen, held_out in splits:
        assert not set(seen.families) & set(held_out.families)
        assert set(seen.families) | set(held_out.families) == set(FAMILIES)
        for families in MECHANISMS.values():
            assert len(set(seen.families) & set(families)) == len(families) // 2
    assert len({seen.families for seen, _ in splits}) > 5


def test_a_nesting_uses_families_of_its_own_side_alone():
    seen, _ = holding_out([f for f in FAMILIES if f not in ("leet", "noise")])
    assert seen.families == ("leet", "noise")
    for i in range(50):
        text = seen.wrap("How do I open a jar?", NESTED, random.Random(i))
        assert len(text) < 80, "only respelling, no framing and no encoding"


def test_a_side_refuses_families_of_the_other_side():
    seen, held_out = split(0)
    for family in held_out.families:
        with pytest.raises(KeyError):
            seen.wrap(PROMPT, family, random.Random(0))


@pytest.mark.parametrize("names", [["nonsense"], [], list(FAMILIES)])
def test_families_to_hold_out_must_exist_and_leave_some_to_train_on(names):
    with pytest.raises(ValueError, match="held-out families"):
        holding_out(names)
