import random

import pytest
from plays import at_level, said

from superalign.learners.optimise import IGNORED
from superalign.learners.rows import reply_row, step_row
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
    ("text", "labels", "at", "targets"),
    [
        ("ab\ncd\n#8", {0: True, 1: True, 2: True}, -1, [1] * 8),
        ("ab\ncd\n#8", {0: True, 1: False, 2: True}, -1, [1, 1, 1, _, _, 0, 1, 1]),
        ("ab\ncd\n#8", {0: True, 1: False}, 4, [1, 1, 1, 1, 0, 0, _, _]),
        ("ab\ncd\n#8", {0: True, 1: False}, 3, [1, 1, 1, 0, 0, 0, _, _]),
        ("ab\ncd\n#8", {1: False}, -1, [_, _, _, _, _, 0, _, _]),
        ("ab\n", {0: True, 1: False}, -1, [1, 1, 1]),
        ("ab", {0: False}, 0, [0, 0]),
        ("ab", {}, -1, [_, _]),
        ("", {0: False}, -1, []),
    ],
)
def test_right_lines_learn_whole_and_wrong_lines_from_where_they_are_known_wrong(
    policy, text, labels, at, targets
):
    row = step_row(policy, SEEN, text, labels, at=at)
    assert row.targets == [IGNORED] * PROMPT + targets
    assert len(row.tokens) == len(row.targets)


def test_step_rows_equal_the_plain_definition_on_random_texts(policy):
    rng = random.Random(0)
    for _case in range(200):
        text = "".join(rng.choice("ab\n") for _ in range(rng.randrange(12)))
        lines = text.split("\n")
        labels = {i: rng.random() < 0.5 for i in range(len(lines)) if rng.random() < 0.8}
        at = rng.choice([-1, rng.randrange(12)])
        expected = []
        for i, line in enumerate(lines):
            last = len(expected) + len(line) - (i == len(lines) - 1)
            for place in range(len(expected), last + 1):
                expected.append(definition(place, last, labels.get(i), at))
        row = step_row(policy, SEEN, text, labels, at=at)
        assert row.targets == [IGNORED] * PROMPT + expected


def definition(place, last, label, at):
    if label is None:
        return IGNORED
    if label:
        return 1
    if at >= 0:
        return 1 if place < at else 0
    return 0 if place == last else IGNORED
