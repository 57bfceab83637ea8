"""The organisms' tokenizers: one token a character, or one token a word."""

from __future__ import annotations

from collections.abc import Iterable
from string import ascii_lowercase
from typing import Any

SPECIAL = ("<pad>", "<bos>", "<eos>", "<unk>")
_INSIDE = "##"
"""Marks a token that goes on inside a word."""


def character_tokenizer() -> Any:
    """Return a tokenizer with one token a character: printable ASCII and newline."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    characters = ["\n", *(chr(c) for c in range(32, 127))]
    core = Tokenizer(models.WordLevel(_numbered(characters), unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    core.decoder = decoders.Fuse()
    return _fast(core)


def word_tokenizer(words: Iterable[str], syllables: tuple[Iterable[str], Iterable[str]]) -> Any:
    """Return a tokenizer with one token a word, punctuation mark or newline.

    A word that is not among `words` is cut into the longest pieces there are: a first and a last
    syllable of `syllables`, or letters, so that foreign text is read too; case is dropped and a
    character that is neither becomes the unknown token. Decoding puts a space between words, none
    before a mark that closes and none after one that opens: text written so comes back as it was.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

    first, last = syllables
    inside = [_INSIDE + piece for piece in (*last, *ascii_lowercase)]
    vocabulary = _numbered(dict.fromkeys([*words, *first, *ascii_lowercase, *inside]))
    core = Tokenizer(
        models.WordPiece(vocabulary, unk_token="<unk>", continuing_subword_prefix=_INSIDE)
    )
    core.normalizer = normalizers.Lowercase()
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"[^\S\n]+"), "removed"),
            pre_tokenizers.Split(Regex(r"[a-z_]+|[^a-z_]"), "isolated"),
        ]
    )
    tight = [decoders.Replace(f" {mark}", mark) for mark in (*".,:?>", "\n")]
    tight += [decoders.Replace(f"{mark} ", mark) for mark in "<\n"]
    joined = [decoders.WordPiece(_INSIDE, cleanup=False), decoders.Fuse()]
    core.decoder = decoders.Sequence([*joined, *tight])
    return _fast(core)


def _numbered(tokens: Iterable[str]) -> dict[str, int]:
    return {token: i for i, token in enumerate([*SPECIAL, *tokens])}


def _fast(core: Any) -> Any:
    from tokenizers import processors
    from transformers import PreTrainedTokenizerFast

    core.post_processor = processors.TemplateProcessing(
        single="<bos> $A", special_tokens=[("<bos>", SPECIAL.index("<bos>"))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        padding_side="left",
        model_max_length=1024,
        clean_up_tokenization_spaces=False,
    )
