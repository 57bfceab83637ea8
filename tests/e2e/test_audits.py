"""Repeated audits of a pool whose truth is known."""

import pytest

from superalign.ledger import Ledger
from superalign.policies.organisms import folder_of
from superalign.progress import Progress
from superalign.recipes.requests.config import requests
from superalign.studies import audits
from superalign.studies.audits import audit_claims, audited

REPEATS = 12


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    organism = folder_of("requests-200k")
    if organism is None:
        pytest.skip("no organism of the world requests is shipped in this tree")
    config = requests("smoke", organism=str(organism))
    with pytest.MonkeyPatch.context() as patch:
        for name, n in (("POOL", 300), ("LABELS", 60), ("WARM", 60)):
            patch.setattr(audits, name, n)
        with Ledger.open(tmp_path_factory.mktemp("audits"), {}, seed=0) as ledger:
            first = audited(config, ledger, Progress(), repeats=REPEATS, seed=0)
            assert audited(config, ledger, Progress(), repeats=REPEATS, seed=0) == first
    return first


def test_every_interval_is_held_against_the_truth(found):
    assert set(found["coverage"]) == {
        "prediction_powered", "prediction_powered_random", "critic_only",
    }  # fmt: skip
    assert {c["n"] for c in found["coverage"].values()} == {REPEATS}
    assert 250 <= found["audited_replies"] <= 300
    assert 0 < found["truth"] < 1


def test_what_people_correct_covers(found):
    for name in ("prediction_powered", "prediction_powered_random"):
        assert found["coverage"][name]["rate"] >= 0.75


def test_labels_for_the_same_width_go_with_the_square_of_the_widths(found):
    widths = found["interval_width"]
    ratio = widths["random"] / widths["value"]
    assert found["labels_for_the_same_width"] == pytest.approx(ratio**2)
    assert widths["labels"] == 60
    assert 0 < widths["value"] < 1


def made(ours=0.95, critic=0.5, ratio=1.6):
    rates = {"prediction_powered": ours, "prediction_powered_random": 0.95, "critic_only": critic}
    return {
        "coverage": {name: {"rate": r} for name, r in rates.items()},
        "labels_for_the_same_width": ratio,
    }


@pytest.mark.parametrize(
    ("changed", "failed"),
    [
        ({}, []),
        ({"ours": 0.92}, ["prediction_powered_covers"]),
        ({"critic": 0.93}, ["critic_only_does_not_cover"]),
        ({"ratio": 1.49}, ["random_routing_needs_1.5x_labels"]),
    ],
)
def test_each_claim_can_fail_alone(changed, failed):
    claims = audit_claims(made(**changed))
    assert [name for name, holds in claims.items() if not holds] == failed
    assert len(claims) == 3
