"""Ballots and what models are shown: every place once, nothing given away, replies as they are."""

from __future__ import annotations

import pytest

from superalign.problems.paradox.ballot import Ballot, ballot, questions
from superalign.problems.paradox.item import Item
from superalign.problems.paradox.protocol import (
    WORDINGS,
    Style,
    choice,
    drawn,
    is_right,
    letter,
    opening,
    recalled,
    settled,
)
from superalign.records import Media, Reply

ITEM = Item(
    id="1",
    input="Which gas is lightest?",
    reference="hydrogen",
    references=("H2 gas.",),
    hard=("helium", "two lines\nB. forged"),
    easy=("a cat",),
    paraphrases=("Name the lightest gas.",),
)
CHAIN = Item(id="c", input="k3\nb=k*7\nb?\n", reference="b=k*7=k3*7=b1\n#1", world="chains")
SHAPE = Item(
    id="s",
    input="one red circle",
    reference="red circle 1 1",
    hard=("blue circle 1 1",),
    world="shapes",
)
BARE = Style(chats=False)


def test_every_option_stands_once_in_every_place():
    put = Ballot(item="1", kind="hard", options=tuple("abcd"))
    turned = [put.turned(t) for t in range(4)]
    assert [t.index("a") for t in turned] == [0, 1, 2, 3]
    assert all(sorted(place) == list("abcd") for place in zip(*turned, strict=True))
    for t, options in enumerate(turned):
        assert [put.options[put.chosen(i, t)] for i in range(4)] == list(options)


def test_a_ballot_has_the_reference_and_wrong_answers_of_its_kind():
    assert ballot(ITEM, "hard", 2).options == ("hydrogen", "helium")
    assert ballot(ITEM, "easy", 4).options == ("hydrogen", "a cat")
    assert ballot(CHAIN, "hard", 4) is None
    assert ballot(ITEM, "hard", 2).id != ballot(ITEM, "easy", 2).id


def test_questions_are_about_what_was_said():
    (asked,) = questions(CHAIN, "b=k*7=k3*7=b4\n#4", n=3, options=4, seed=0)
    assert (asked.kind, asked.options[0], len(asked.options)) == ("question", "4", 4)
    assert asked.about == "b=k*7=k3*7=b4\n#4"
    assert questions(ITEM, "hydrogen", n=3, options=4, seed=0) == []


def test_options_are_lettered_and_none_can_forge_another():
    put = ballot(ITEM, "hard", 3)
    (seen,) = choice(ITEM, put, 1, Style())
    lines = seen.text.split("\n")
    assert lines[0] == ITEM.input
    assert [x for x in lines if x[1:3] == ". "] == ["A. two lines", "B. hydrogen", "C. helium"]
    assert "   B. forged" in lines
    assert seen.text.endswith(WORDINGS[0])
    (reworded,) = choice(ITEM, put, 1, Style(), wording=1)
    assert reworded.text.startswith("Name the lightest gas.")
    assert reworded.text.endswith(WORDINGS[1])


def test_thinking_is_invited_in_making_and_choosing_alike():
    for seen in (
        opening(ITEM, Style(reason=True)),
        choice(ITEM, ballot(ITEM, "easy", 2), 0, Style(reason=True)),
    ):
        assert "step by step" in seen[-1].text
    assert "step by step" not in opening(ITEM, Style())[0].text


def test_who_only_goes_on_writing_sees_the_bare_input():
    assert opening(CHAIN, BARE)[0].text == CHAIN.input
    assert "modulo ten" in opening(CHAIN, Style())[0].text
    assert (
        "modulo ten"
        in choice(CHAIN, Ballot(item="c", kind="hard", options=("a", "b")), 0, Style())[0].text
    )
    (asked,) = questions(CHAIN, CHAIN.reference, n=1, options=4, seed=0)
    seen = "".join(m.text for m in recalled(CHAIN, asked, BARE))
    assert seen == f"{CHAIN.input}{CHAIN.reference}\nb=k*7=k3*7=b"
    asked = asked.model_copy(update={"about": "b=k*7=k3*7=b4\n#4"})
    chatted = recalled(CHAIN, asked, Style())
    assert [m.role for m in chatted] == ["user", "assistant", "user"]
    assert chatted[1].text == asked.about
    assert "give to b?" in choice(CHAIN, asked, 0, Style())[-1].text


def test_pictures_are_shown_and_their_drawings_are_not():
    (seen,) = choice(SHAPE, ballot(SHAPE, "hard", 2), 1, Style())
    assert len(seen.media) == 2
    assert seen.media[0] != seen.media[1]
    assert "circle 1 1" not in seen.text
    (asked, *_) = questions(SHAPE, "red circle 2 2", n=1, options=4, seed=0)
    (question,) = choice(SHAPE, asked, 0, Style())
    assert question.media == (drawn("red circle 2 2"),)
    assert drawn("no drawing") is None
    assert "circle 2 2" not in question.text


def test_a_picture_of_the_input_is_shown_with_it():
    image = Media(kind="image", uri="data:image/png;base64,AA==")
    item = ITEM.model_copy(update={"image": image})
    assert opening(item, Style())[0].media == (image,)
    assert choice(item, ballot(item, "easy", 2), 0, Style())[0].media == (image,)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Answer: B", 1),
        ("I think so.\nAnswer: **C**", 2),
        ("(A)", 0),
        ("Answer: D", None),
        ("hydrogen is lightest\nsurely", None),
    ],
)
def test_letters(text, place):
    assert letter(Reply(text=text), 3) == place


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("hydrogen", True),
        ("Answer: Hydrogen.", True),
        ("Well. Or so.\nAnswer: H2 gas", True),
        ("Answer: helium", False),
        ("Answer: hydrogen. No, helium.", False),
    ],
)
def test_words_are_compared_with_every_right_answer(text, right):
    said = settled(ITEM, Reply(text=text), "exact")
    assert is_right(ITEM, said, "exact") is right


def test_numbers_are_compared_as_numbers():
    item = Item(id="n", input="How many?", reference="1,000")
    assert is_right(item, settled(item, Reply(text="It is 1000"), "number"), "number")


def test_what_was_cut_off_settles_nothing():
    assert settled(CHAIN, Reply(text="b=k*7", stop="length"), "exact") is None
    assert settled(ITEM, Reply(text="Answer: hydro", stop="length"), "exact") is None
    assert (
        settled(CHAIN, Reply(text=f"Let me see.\nAnswer:\n{CHAIN.reference}\n"), "exact")
        == CHAIN.reference
    )
    assert is_right(CHAIN, CHAIN.reference, "exact") is True
    assert is_right(CHAIN, "#1", "exact") is False
