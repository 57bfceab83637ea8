"""Wrappers that rewrite a prompt and keep its label, grouped in families and mechanisms.

A family is what is trained on or held out, whole. Families that work by the same mechanism are
split half and half, so that a held-out family asks: does the guard carry over to another way of
doing the same thing? `nested` puts a request through two families one after the other; its
wrappers come from the side it stands on, so a trained nesting never shows a held-out family.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from superalign.attackers import framings, surfaces
from superalign.attackers.framings import Wrapper, framing
from superalign.records import seed_of

NESTED = "nested"


def _framings(templates: Sequence[str]) -> tuple[Wrapper, ...]:
    return tuple(framing(t) for t in templates)


MECHANISMS: dict[str, dict[str, tuple[Wrapper, ...]]] = {
    "framing": {
        "role_play": _framings(framings.ROLE_PLAY),
        "hypothetical": _framings(framings.HYPOTHETICAL),
        "authority": _framings(framings.AUTHORITY),
        "form": _framings(framings.FORM),
        "distraction": _framings(framings.DISTRACTION),
        "dialogue": _framings(framings.DIALOGUE),
    },
    "encoding": {
        "encodings": (
            surfaces.encoded("base64", surfaces.to_base64),
            surfaces.encoded("hex", surfaces.to_hex),
            surfaces.encoded("binary", surfaces.to_binary),
            surfaces.encoded("percent-encoding", surfaces.to_percent),
            surfaces.encoded("base32", surfaces.to_base32),
        ),
        "ciphers": (
            surfaces.encoded("ROT13", surfaces.to_rot13),
            surfaces.encoded("a Caesar cipher", surfaces.to_caesar),
            surfaces.encoded("Atbash", surfaces.to_atbash),
            surfaces.encoded("reverse order", surfaces.to_reversed),
            surfaces.encoded("Morse code", surfaces.to_morse),
            surfaces.encoded("Pig Latin", surfaces.to_pig_latin),
        ),
    },
    "spelling": {
        "leet": (
            surfaces.leet(False, 0.6),
            surfaces.leet(False, 1.0),
            surfaces.leet(True, 0.5),
            surfaces.leet(True, 0.9),
        ),
        "splitting": (
            surfaces.spaced,
            surfaces.between(".", "-", "_", "*"),
            surfaces.between("-", " ", share=0.4),
            surfaces.in_pieces,
            surfaces.word_by_line,
        ),
        "noise": (
            surfaces.mistyped(0.5),
            surfaces.mistyped(0.9),
            surfaces.without_vowels,
            surfaces.stretched,
            surfaces.run_together,
        ),
        "glyphs": (
            surfaces.lookalikes(0.5),
            surfaces.lookalikes(1.0),
            surfaces.between("\u200b", "\u200d", "\u00ad", "\u2060"),
            surfaces.full_width,
            surfaces.mathematical,
            surfaces.accented,
        ),
    },
}
"""Mechanism -> family -> wrappers."""

FAMILIES: dict[str, tuple[Wrapper, ...]] = {
    name: wrappers for families in MECHANISMS.values() for name, wrappers in families.items()
}


@dataclass(frozen=True, slots=True)
class Side:
    """The families on one side of the split: what may train, or what is held out."""

    families: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The families and, where two or more can be combined, their nesting."""
        return (*self.families, NESTED) if len(self.families) > 1 else self.families

    def wrap(self, prompt: str, family: str, rng: random.Random) -> str:
        """Rewrite `prompt` with a random wrapper of `family`; equal generators, equal text.

        Raises:
            KeyError: If `family` is not on this side.
        """
        if family not in self.names:
            raise KeyError(family)
        for name in self._steps(family, rng):
            prompt = rng.choice(FAMILIES[name])(prompt, rng)
        return prompt

    def _steps(self, family: str, rng: random.Random) -> Sequence[str]:
        return rng.sample(self.families, 2) if family == NESTED else (family,)


def split(seed: int) -> tuple[Side, Side]:
    """Return (seen, held out): of every mechanism one random half each, by `seed`."""
    rng = random.Random(seed_of(seed, "families"))
    seen: list[str] = []
    for families in MECHANISMS.values():
        names = sorted(families)
        seen += rng.sample(names, len(names) // 2)
    return Side(tuple(sorted(seen))), Side(tuple(sorted(set(FAMILIES) - set(seen))))


def holding_out(names: Sequence[str]) -> tuple[Side, Side]:
    """Return (seen, held out) with exactly the families `names` held out.

    Raises:
        ValueError: If a name is no family, or a side would be empty; the message lists them.
    """
    unknown = sorted(set(names) - set(FAMILIES))
    seen = sorted(set(FAMILIES) - set(names))
    if unknown or not names or not seen:
        raise ValueError(
            f"held-out families {', '.join(unknown or names) or 'none'}: "
            f"some, not all, of {', '.join(sorted(FAMILIES))}"
        )
    return Side(tuple(seen)), Side(tuple(sorted(set(names))))
