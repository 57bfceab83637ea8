import json

import pytest

from superalign.errors import BadInput
from superalign.problems.process_bench import load_cases

ROW = {
    "id": "gsm8k-0",
    "generator": "some-model",
    "problem": "1 + 1?",
    "steps": ["First,\n\nadd.", "So 3."],
    "final_answer_correct": False,
    "label": 1,
}


def write(tmp_path, *rows):
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return path


def test_a_case_keeps_what_people_found_away_from_the_episode(tmp_path):
    right = {**ROW, "id": "gsm8k-1", "label": -1, "final_answer_correct": True}
    bare = {k: v for k, v in ROW.items() if k != "final_answer_correct"} | {"id": "gsm8k-2"}
    wrong, good, unsaid = load_cases(write(tmp_path, ROW, right, bare))
    assert (wrong.first_error, wrong.answer_right) == (1, False)
    assert (good.first_error, good.answer_right) == (-1, True)
    assert unsaid.answer_right is None
    episode = wrong.episode
    assert episode.final.text == "First, add.\nSo 3."
    assert (episode.problem.id, episode.problem.prompt) == ("gsm8k-0", "1 + 1?")
    assert (episode.moves[0].policy, episode.moves[0].seen[0].text) == ("some-model", "1 + 1?")
    assert episode.id != good.episode.id
    assert '"label"' not in episode.model_dump_json()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"steps": []}, "'steps' holds no list of texts"),
        ({"steps": ["a", " "]}, "'steps' holds no list of texts"),
        ({"steps": ["a", 1]}, "'steps' holds no list of texts"),
        ({"steps": "a"}, "'steps' holds no list"),
        ({"label": 2}, "'label': 2 is no index of 2 steps"),
        ({"label": -2}, "'label': -2 is no index"),
        ({"label": True}, "'label' holds no int"),
        ({"label": "1"}, "'label' holds no int"),
        ({"problem": None}, "'problem' holds no str"),
        ({"final_answer_correct": "yes"}, "'final_answer_correct' is neither"),
    ],
)
def test_a_broken_row_is_one_line(tmp_path, change, why):
    with pytest.raises(BadInput, match=why) as error:
        load_cases(write(tmp_path, ROW, {**ROW, "id": "b", **change}))
    assert "cases.jsonl" in str(error.value)
    assert "2" in str(error.value)


def test_missing_columns_empty_files_and_repeated_ids_are_one_line(tmp_path):
    for name in ("id", "problem", "steps", "label"):
        with pytest.raises(BadInput, match=f"column '{name}' is missing"):
            load_cases(write(tmp_path, {k: v for k, v in ROW.items() if k != name}))
    with pytest.raises(BadInput, match="holds no rows"):
        load_cases(write(tmp_path))
    with pytest.raises(BadInput, match="'gsm8k-0' stands in an earlier row"):
        load_cases(write(tmp_path, ROW, ROW))
