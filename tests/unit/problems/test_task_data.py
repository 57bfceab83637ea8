"""The published data beside the repository, where they are there."""

from pathlib import Path

import pytest

from superalign.problems.prompts import read_prompts
from superalign.problems.tasks import load

DATA = Path(__file__).parents[4] / "shared" / "data"

FILES = [
    ("cosmosqa", "cosmosqa", 1000),
    ("piqa", "piqa", 1000),
    ("openbookqa", "openbookqa", 500),
    ("toxicity", "toxicity_davidson", 2000),
    ("hh-rlhf", "hh_rlhf", 1000),
    ("legal-clauses", "legalbench", 1000),
    ("legal-hearsay", "legalbench", 60),
    ("mate-in-one", "chess/checkmate_in_one_mc_first1000.json", 300),
    ("danger", ".", 300),
]


@pytest.mark.parametrize(("name", "folder", "least"), FILES, ids=[name for name, _, _ in FILES])
def test_the_published_data_load_as_they_are(name, folder, least):
    if not (DATA / folder).exists():
        pytest.skip(f"../shared/data/{folder} is not there")
    task = load(name, data=DATA / folder)
    assert len(task.train) + len(task.test) >= least
    sides = [{task.groups[p.id] for p in part} for part in (task.train, task.test)]
    assert not sides[0] & sides[1]
    if task.kind == "classify":
        for part in (task.train, task.test):
            ones = sum(task.key.look_up(p.id) == "1" for p in part)
            assert 0.45 <= ones / len(part) <= 0.55


@pytest.mark.skipif(not (DATA / "harmbench").is_dir(), reason="../shared/data is not there")
def test_harmbench_measures_and_never_trains():
    task = load("danger", data=DATA)
    sealed = {p.text for p in read_prompts(DATA / "harmbench", harmful=True)}
    assert sealed & {p.prompt for p in task.test}
    assert not sealed & {p.prompt for p in task.train}


@pytest.mark.skipif(not (DATA / "chess").is_dir(), reason="../shared/data/chess is not there")
def test_puzzles_begin_with_their_position(tmp_path):
    lines = (DATA / "chess" / "lichess_puzzles_1499.csv").read_text().splitlines()
    file = tmp_path / "puzzles.csv"
    file.write_text("\n".join(lines[:61]))
    task = load("lichess", data=file)
    for problem in (*task.train, *task.test):
        assert task.key.look_up(problem.id).startswith(" ")
        assert problem.prompt.split()[-1].rstrip(".").isdigit()
