import asyncio

import pytest

from superalign.policies.scripted import Scripted
from superalign.records import Message, Reply

ASKED = [Message(role="user", text="hello")]


def _texts(policy, **asked):
    return [r.text for r in asyncio.run(policy.sample(ASKED, **asked))]


def test_a_list_is_said_in_order_and_round_again():
    assert _texts(Scripted(["a", "b"]), n=3) == ["a", "b", "a"]
    assert _texts(Scripted(["a", "b"]), n=1, seed=1) == ["b"]


def test_a_rule_sees_the_messages_and_a_seed_for_each_sample():
    policy = Scripted(lambda seen, seed: f"{seen[0].text} {seed}")
    first = _texts(policy, n=3, seed=5)
    assert len(set(first)) == 3
    assert first == _texts(policy, n=3, seed=5)
    assert first[:2] == _texts(policy, n=2, seed=5)


def test_a_whole_reply_is_passed_on():
    (reply,) = asyncio.run(Scripted([Reply(text="", stop="refused")]).sample(ASKED))
    assert reply.stop == "refused"


def test_ids_tell_scripts_and_names_apart():
    assert Scripted(["a"]).id == Scripted(["a"]).id != Scripted(["b"]).id
    assert Scripted(lambda *_: "a", name="x").id != Scripted(lambda *_: "a", name="y").id


def test_an_empty_script_is_refused():
    with pytest.raises(ValueError, match="at least one line"):
        Scripted([])
