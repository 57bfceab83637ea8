import asyncio

from superalign.policies.refining import Refining
from superalign.policies.scripted import Scripted
from superalign.records import Message, Reply

SEEN = [Message(role="user", text="argue")]


def stages(seen, seed):
    """Say which stage it is: draft, critique or revision."""
    last = seen[-1].text
    if last.startswith("Criticise"):
        return Reply(text=f"weak: {seen[-2].text}", tokens=2)
    if last.startswith("A critique"):
        return Reply(text=f"better than {seen[-2].text} by [{last}]", tokens=3)
    return Reply(text="draft", tokens=1)


def refined(rule, n=1, seed=0):
    return asyncio.run(Refining(Scripted(rule)).sample(SEEN, n=n, seed=seed))


def test_a_draft_is_criticised_and_revised_and_all_tokens_count():
    (reply,) = refined(stages)
    assert reply.text.startswith("better than draft by [A critique")
    assert "weak: draft" in reply.text
    assert reply.tokens == 6


def test_where_no_revision_comes_the_draft_stays():
    def breaks(seen, seed):
        found = stages(seen, seed)
        return Reply(text="", stop="error") if found.text.startswith("better") else found

    (reply,) = refined(breaks)
    assert reply.text == "draft"
    assert reply.stop == "end"


def test_a_draft_that_never_came_is_not_criticised():
    asked = []

    def fails(seen, seed):
        asked.append(seen)
        return Reply(text="", stop="error", error="down")

    (reply,) = refined(fails)
    assert reply.stop == "error"
    assert len(asked) == 1


def test_samples_depend_on_seed_and_number_alone():
    def random(seen, seed):
        return f"{len(seen)} {seed % 997}"

    assert refined(random, n=2) == refined(random, n=3)[:2]
    assert refined(random, seed=1) != refined(random, seed=2)
