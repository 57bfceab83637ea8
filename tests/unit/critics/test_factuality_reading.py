"""What is read of a rater's words: every way in which the published parsers lose a fact."""

import pytest

from superalign.critics.factuality.fast import Opinion, opinion
from superalign.critics.factuality.filtering import kept
from superalign.critics.factuality.rated import plain
from superalign.critics.factuality.reading import block, bullets, label
from superalign.critics.factuality.sentences import sentences, states_facts
from superalign.records import Reply

LABELS = ("Supported", "Not Supported")


def said(text, stop="end"):
    return Reply(text=text, stop=stop)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("- One.\n- Two.", ["One.", "Two."]),
        ("Facts:\n* One.\n* Two.", ["One.", "Two."]),
        ("1. One.\n2) Two.\n(3) Three.", ["One.", "Two.", "Three."]),
        ("• One.\n  • Two.", ["One.", "Two."]),
        ("- One.\n-\n- Two.", ["One.", "Two."]),
        ("- It lasted from 2010- 2015.", ["It lasted from 2010- 2015."]),
        ("- It is well - known.", ["It is well - known."]),
        ("- One that\n  goes on.\n- Two.", ["One that goes on.", "Two."]),
        ("- One.\nThat is all.", ["One."]),
        ("- none", []),
        ("-", []),
    ],
)
def test_a_list_of_any_kind_keeps_every_fact_whole(text, facts):
    assert bullets(said(text)) == facts


def test_no_list_is_not_an_empty_list():
    assert bullets(said("There are two facts.")) is None
    assert bullets(said("- One.", "length")) is None


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Why.\n```\nParis is big.\n```", "Paris is big."),
        ("```text\nParis is big.\n```", "Paris is big."),
        ("```Paris is\nbig.```", "Paris is big."),
        ("```Paris\nis big.\n```", "Paris is big."),
        ("```Paris is big.```", "Paris is big."),
        ("```\nno\n```\nrather\n```\nyes\n```", "yes"),
        ("Paris is big.", None),
        ("```\n\n```", None),
    ],
)
def test_a_fenced_fact_loses_no_word(text, fact):
    assert block(said(text)) == fact


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[Supported]", "Supported"),
        ("As [1] and [2] say: [Not Supported]", "Not Supported"),
        ("[Supported] by [3].", "Supported"),
        ("Not [Supported], so [not  supported].", "Not Supported"),
        ("Supported", None),
        ("[1]", None),
        ("[Unclear]", None),
    ],
)
def test_the_last_label_in_brackets_counts_and_citations_do_not(text, found):
    assert label(said(text), LABELS) == found


def test_nothing_is_read_of_a_reply_that_was_cut_off():
    assert label(said("[Supported]", "length"), LABELS) is None
    assert block(said("```\nx\n```", "length")) is None


def test_an_opinion_is_the_last_object_with_a_known_answer():
    text = '{"answer": "Unsure", "queries": ["a"]} then {"answer": "Supported", "queries": []}'
    assert opinion(said(text), LABELS) == Opinion("Supported", [])
    assert opinion(said('{"answer": "Unsure"}'), LABELS) is None
    asked = '{"answer": "Unsure", "queries": ["a", "a", " ", 3, "b", "c", "d"]}'
    assert opinion(said(asked), (*LABELS, "Unsure")) == Opinion("Unsure", ["a", "b", "c"])


def test_sentences_are_literal_and_survive_initials_and_abbreviations():
    text = (
        "# Life\n1. John F. Kennedy was born in Washington, D.C. in 1917. He met Dr. Smith.\n\n"
        "- Martin Luther King Jr. spoke. Wow! It cost $3.5 million. so they said. He left."
    )
    found = sentences(text)
    assert found == [
        "Life",
        "John F. Kennedy was born in Washington, D.C. in 1917.",
        "He met Dr. Smith.",
        "Martin Luther King Jr. spoke. Wow!",
        "It cost $3.5 million. so they said.",
        "He left.",
    ]
    assert all(s in text for s in found)


def test_initials_end_a_sentence_where_the_next_word_begins_one():
    text = (
        "He met Dr. Ann Lee. He moved to Washington, D.C. The city grew. "
        "It has a park by J. Smith Jr. He left."
    )
    assert sentences(text) == [
        "He met Dr. Ann Lee.",
        "He moved to Washington, D.C.",
        "The city grew.",
        "It has a park by J. Smith Jr.",
        "He left.",
    ]


def test_openers_state_no_facts():
    assert not states_facts("Sure, I can help.", first=False)
    assert not states_facts("Please let me know.", first=False)
    assert not states_facts("Here are some facts.", first=True)
    assert states_facts("Here are the ruins of Troy.", first=False)
    assert states_facts("Surely he won.", first=True)
    assert not states_facts("---", first=False)


def test_a_filter_drops_repeats_fragments_and_numbers_out_of_nowhere():
    sentence = "He was born in 1917 and won twice."
    facts = ["He was born in 1917.", "he was born in 1917.", "He was born", "He won in 1960."]
    assert kept(sentence, [*facts, "He won twice."]) == ["He was born in 1917.", "He won twice."]


def test_a_fragment_stays_where_no_other_fact_holds_it():
    assert kept("He was born in 1917.", ["He was born"]) == ["He was born"]


def test_a_filter_never_loses_a_number_of_the_sentence_nor_every_fact():
    assert kept("From 1917 on.", ["It ran from 1917 to 1920."]) == ["It ran from 1917 to 1920."]
    both = ["It began in 1917, before 1920.", "It ran."]
    assert kept("It ran from 1917 on.", both) == both


def test_facts_that_say_the_same_are_one_and_others_are_not():
    assert plain("The tower is 5 m tall.") == plain("tower is 5 m tall")
    for one, other in [
        ("Hepatitis A is a virus.", "Hepatitis is a virus."),
        ("It is -5 degrees.", "It is 5 degrees."),
        ("C# is a language.", "C is a language."),
        ("He won.", "He never won."),
    ]:
        assert plain(one) != plain(other)
