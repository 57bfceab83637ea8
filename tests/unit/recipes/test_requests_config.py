"""What the recipe `requests` refuses, in one line that names the field."""

import pytest

from superalign.errors import BadInput
from superalign.recipes.requests.config import PRESETS, requests


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_can_be_run(preset):
    assert requests(preset).preset == preset


def test_fields_are_overridden_and_the_rest_stays():
    found = requests("smoke", noise=0.3, routing="random")
    assert (found.noise, found.routing) == (0.3, "random")
    assert found.model_copy(update={"noise": 0.2, "routing": "value"}) == requests("smoke")


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        *(({n: 0}, f"{n}: .*greater than or equal to 1") for n in ("rounds", "budget", "test")),
        ({"steps": 0}, "steps: .*greater than or equal to 1"),
        ({"samples": 1}, "samples: .*greater than or equal to 2"),
        ({"labels": -1}, "labels: .*greater than or equal to 0"),
        ({"noise": 0.5}, "noise: .*less than 0.5"),
        ({"noise": -0.1}, "noise: .*greater than or equal to 0"),
        ({"noise": float("nan")}, "noise: "),
        *(({n: 0}, f"{n}: .*greater than 0") for n in ("lr", "beta")),
        *(({n: float("inf")}, f"{n}: .*less than inf") for n in ("lr", "beta", "anchor")),
        ({"over_refusal": 1.1}, "over_refusal: .*less than or equal to 1"),
        ({"attack": "luck"}, "attack: .*'random', 'archive', .*'bandit' or 'families'"),
        ({"routing": "greedy"}, "routing: "),
        ({"teacher": "gold"}, "teacher: "),
        ({"budget": 3}, "'budget' is 3 samples a round, too few .* 'samples' 4"),
        ({"rounds": "many"}, "rounds: .*valid integer"),
        ({"round": 3}, "round: "),
    ],
)
def test_what_cannot_be_run_is_refused_by_the_name_of_its_field(fields, line):
    with pytest.raises(BadInput, match=line) as caught:
        requests("smoke", **fields)
    assert "\n" not in str(caught.value)


def test_an_unknown_preset_is_named_beside_those_there_are():
    with pytest.raises(BadInput, match="no preset 'huge'; there are quick, full, smoke"):
        requests("huge")
