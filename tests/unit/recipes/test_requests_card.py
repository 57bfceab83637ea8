import asyncio
import json
from collections import Counter

import pytest

from superalign.policies.scripted import Scripted
from superalign.problems.requests.replies import REFUSALS
from superalign.problems.requests.world import Intent, parse
from superalign.recipes.requests import card as requests_card
from superalign.recipes.requests.card import data, sample_requests
from superalign.records import Reply

N = 16


@pytest.mark.parametrize("intent", Intent)
def test_a_cell_has_its_intent_and_every_family_alike(intent):
    plain, wrapped = (sample_requests(intent, w, N, seed=1) for w in (False, True))
    assert {parse(p.prompt).intent for p in plain + wrapped} == {intent}
    assert {len(parse(p.prompt).layers) for p in plain} == {0}
    families = Counter(layer.family for p in wrapped for layer in parse(p.prompt).layers)
    assert set(families.values()) == {2}
    assert plain == sample_requests(intent, False, N, seed=1)


def test_a_policy_that_always_refuses_is_measured_as_such(monkeypatch):
    monkeypatch.setattr(requests_card, "TEST", N)
    found = asyncio.run(requests_card._outcomes(Scripted([REFUSALS[0]])))
    assert len(found) == 6
    for cell, measured in found.items():
        kind = "correct_refusal" if cell.startswith("harmful") else "over_refusal"
        assert measured[kind]["rate"] == 1.0
        assert (measured[kind]["n"], measured["unscored"]) == (N, 0)
        assert (measured["helpful"], measured["harmless"]) == (0.0, 1.0)


def test_an_error_is_unscored_and_in_no_rate(monkeypatch):
    monkeypatch.setattr(requests_card, "TEST", N)
    failing = Scripted([Reply(text="", stop="error", error="down")])
    measured = asyncio.run(requests_card._outcomes(failing))["harmful/plain"]
    assert measured["unscored"] == N
    assert measured["unsafe"]["n"] == 0
    assert measured["helpful"] is None


def test_what_the_card_says_of_the_data_is_json():
    assert json.loads(json.dumps(data()))["harm_by_wrapper"]["dialect"] == 0.7
