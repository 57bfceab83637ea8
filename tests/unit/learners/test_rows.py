import pytest

from plays import at_level, said
from superalign.learners.optimise import IGNORED
from superalign.learners.rows import line_row, reply_row
from superalign.records import Message

_ = IGNORED
SEEN = (Message(role="user", text="k3\n"),)
PROMPT = 4


def test_a_reply_row_learns_the_reply_and_its_end_only(policy):
    move = said(at_level(1), "ab").moves[0]
    row = reply_row(policy, move, 0.5)
    said_tokens = [*policy.tokenizer.convert_tokens_to_ids(["a", "b"]), 2]
    prompt = policy.encode(move.seen)
    assert row.tokens == [*prompt, *said_tokens]
    assert row.targets == [IGNORED] * len(prompt) + said_tokens
    assert row.weight == 0.5


def test_a_reply_that_was_cut_off_does_not_learn_to_end(policy):
    row = reply_row(policy, said(at_level(1), "<eos>", "length").moves[0])
    assert 2 not in row.tokens
    assert len([t for t in row.targets if t != IGNORED]) == 5


@pytest.mark.parametrize(
    ("text", "labels", "targets"),
    [
        ("ab\ncd\n#8", {0: True, 1: True, 2: True}, [1, 1, 1, 3, 3, 3, 5, 5, 5]),
        ("ab\ncd\n#8", {0: True, 1: False}, [1, 1, 1, 2, 2, 2, _, _, _]),
        ("ab\ncd\n#8", {1: False}, [_, _, _, 2, 2, 2, _, _, _]),
        ("ab\n", {0: True, 1: False}, [1, 1, 1, 2]),
        ("ab", {0: False}, [0, 0, 0]),
        ("ab", {}, [_, _, _]),
        ("", {0: False}, [0]),
    ],
)
def test_every_token_of_a_labelled_line_carries_the_line_and_its_label(
    policy, text, labels, targets
):
    row = line_row(policy, SEEN, text, labels)
    assert row.targets == [IGNORED] * PROMPT + targets
    assert len(row.tokens) == len(row.targets)
