import pytest

from superalign.policies.steps import ended_lines, step_ends, tokens_and_starts
from superalign.policies.tokenizers import character_tokenizer


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("ab\nc\n#8", [2, 4, 6]),
        ("ab", [1]),
        ("ab\n", [2, 2]),
        ("\nab", [0, 2]),
        ("a\n\nb", [1, 2, 3]),
        ("", [-1]),
    ],
)
def test_a_line_ends_with_its_newline_and_the_last_with_the_text(text, ends):
    _, starts = tokens_and_starts(character_tokenizer(), text)
    assert step_ends(text, starts) == ends


def test_tokens_that_span_lines_end_the_lines_they_reach_into():
    assert step_ends("ab\ncd\n\ne", [0, 2, 5, 7]) == [1, 2, 2, 3]


def test_the_end_token_belongs_to_the_last_line():
    tokenizer = character_tokenizer()
    for text, ends in [("ab\nc", [2, 4]), ("ab\n", [2, 3]), ("", [0])]:
        tokens, found = ended_lines(tokenizer, text)
        assert tokens[-1] == tokenizer.eos_token_id
        assert len(tokens) == len(text) + 1
        assert found == ends


def test_text_that_spells_a_special_token_is_text():
    tokens, starts = tokens_and_starts(character_tokenizer(), "<eos>")
    assert len(tokens) == 5
    assert starts == [0, 1, 2, 3, 4]
