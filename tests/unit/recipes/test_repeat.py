from superalign.recipes.repeat import settings
from superalign.recipes.requests.config import requests


def test_a_run_says_what_it_changed_of_its_preset_and_nothing_else():
    assert settings(requests("quick"), requests("quick")) == ""
    changed = requests("quick", noise=0.3, organism="my organism")
    words = settings(changed, requests("quick"))
    assert words == """ --set 'organism="my organism"' --set noise=0.3"""
