from superalign.recipes.repeat import settings, spoken
from superalign.recipes.requests.config import requests


def test_a_run_says_what_it_changed_of_its_preset_and_nothing_else():
    assert settings(requests("quick"), requests("quick")) == ""
    changed = requests("quick", noise=0.3, organism="my organism")
    words = settings(changed, requests("quick"))
    assert words == """ --set 'organism="my organism"' --set noise=0.3"""


def test_a_smoke_test_says_what_its_figures_are():
    assert spoken("All is well.", "full") == "All is well."
    assert spoken("All is well.", "smoke").startswith("All is well. This was a smoke test: ")
    assert spoken("", "smoke").endswith("its figures mean nothing.")
