"""Rows as the published files have them, made up here; GSM8K's real file where it is there."""

import json
from pathlib import Path

import pytest

from superalign.errors import BadInput
from superalign.problems.answers import final_answer
from superalign.problems.files import load_problems
from superalign.problems.solutions import levels_of, read_solutions
from superalign.records import Problem

DATA = Path(__file__).parents[4] / "shared" / "data"

GSM8K = {
    "question": "How many eggs are left of 16, less 3 and 4?",
    "ground_truth": "16 - 3 = <<16-3=13>>13\n13 - 4 = 9\nA: 9",
    "6b_finetuning": {"is_correct": False, "solution": "16 - 3 = 13\nA: 13"},
    "175b_verification": {"is_correct": True, "solution": "16 - 7 = 9\n\nA: 9"},
}


def rated(text, rating):
    return {"text": text, "rating": rating, "flagged": False}


PRM800K = {
    "labeler": "x",
    "question": {"problem": "What is $2+2\\cdot 3$?", "ground_truth_answer": "8"},
    "label": {
        "steps": [
            {
                "completions": [rated("First $2\\cdot 3$.", 1), rated("First\n$2+2$.", -1)],
                "human_completion": None,
                "chosen_completion": 0,
            },
            {
                "completions": [rated("It is 6.", 0), rated("It is 5.", None)],
                "human_completion": None,
                "chosen_completion": 0,
            },
            {
                "completions": [rated("So $9$.\n\n# Answer\n\n9", -1)],
                "human_completion": rated("So 8.", None),
                "chosen_completion": None,
            },
            {
                "completions": [rated("Never read.", 1)],
                "human_completion": None,
                "chosen_completion": 0,
            },
        ],
        "total_time": 1,
        "finish_reason": "found_error",
    },
}
SHEPHERD = {
    "input": "What is 2+2*3? Step 1: 2*3=6 ки\nStep 2: 2+6\n = 9 ки\nStep 3: The answer is: 9 ки",
    "label": "What is 2+2*3? Step 1: 2*3=6 +\nStep 2: 2+6\n = 9 -\nStep 3: The answer is: 9 -",
    "task": "MATH",
}
META = {
    "query": "What is two plus two times three?",
    "response": "First $2*3=6$. Then 2.5+5.5 is 8.\nSo it is $8$. The answer is: 8",
    "type": "MATH_Rephrased",
    "original_question": "What is  2+2*3?",
}
LEVELS = levels_of(
    [Problem.of("What is 2 + 2*3?", level=2), Problem.of(PRM800K["question"]["problem"], level=4)]
)


def read(tmp_path, *rows, **settings):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return read_solutions(path, **settings)


def test_gsm8k_says_which_models_are_right(tmp_path):
    (wrong, right), key = read(tmp_path, GSM8K)
    assert (wrong.right, wrong.author) == (False, "6b_finetuning")
    assert (right.right, right.author) == (True, "175b_verification")
    assert right.steps == ("16 - 7 = 9", "A: 9")
    assert right.labels == (None, None)
    assert right.text == "16 - 7 = 9\nA: 9"
    assert (key.look_up(right.problem.id), key.mode) == ("9", "number")
    assert right.problem == wrong.problem == Problem.of(GSM8K["question"])


def test_prm800k_gives_every_rated_step_with_the_chosen_ones_before_it(tmp_path):
    found, key = read(tmp_path, PRM800K, PRM800K, levels=LEVELS)
    first, second = "First $2\\cdot 3$.", "It is 6."
    assert [(s.steps, s.labels) for s in found] == [
        ((first,), (True,)),
        (("First $2+2$.",), (False,)),
        ((first, second), (None, True)),
        ((first, second, "So $9$. #### 9"), (None, None, False)),
    ]
    assert final_answer(found[-1].text, key.mode) == "9"
    assert {s.problem.level for s in found} == {4}
    assert {s.right for s in found} == {None}
    assert (key.look_up(found[0].problem.id), key.mode) == ("8", "math")


def test_the_first_of_equal_solutions_is_kept(tmp_path):
    other = changed(PRM800K, ["label", "steps", 0, "completions", 0, "rating"], -1)
    found, _ = read(tmp_path, PRM800K, other)
    assert [s.labels[-1] for s in found] == [True, False, True, False]


def test_math_shepherd_labels_every_step(tmp_path):
    (found,), key = read(tmp_path, SHEPHERD, levels=LEVELS)
    assert found.steps == ("Step 1: 2*3=6", "Step 2: 2+6 = 9", "Step 3: The answer is: 9")
    assert found.labels == (True, False, False)
    assert found.right is False
    assert (found.problem.prompt, found.problem.level) == ("What is 2+2*3?", 2)
    assert found.problem.tags == ("task:MATH",)
    assert len(key) == 0


def test_math_shepherds_last_label_is_that_of_the_answer(tmp_path):
    lucky = changed(SHEPHERD, ["label"], f"{SHEPHERD['label'][:-1]}+")
    ((found,), _) = read(tmp_path, lucky)
    assert (found.labels, found.right) == ((True, False, True), True)


def test_two_authors_of_one_solution_are_two(tmp_path):
    row = changed(GSM8K, ["175b_verification"], GSM8K["6b_finetuning"])
    assert len(read(tmp_path, row, row)[0]) == 2


def test_metamath_has_a_sentence_a_step_and_its_origins_level(tmp_path):
    (found,), key = read(tmp_path, META, levels=LEVELS)
    assert found.steps == (
        "First $2*3=6$.", "Then 2.5+5.5 is 8.", "So it is $8$.", "The answer is: 8",
    )  # fmt: skip
    assert (found.problem.level, found.right, found.labels) == (2, True, (None,) * 4)
    assert found.problem.tags == ("type:MATH_Rephrased",)
    assert key.look_up(found.problem.id) == "8"
    ((unknown,), _) = read(tmp_path, META)
    assert unknown.problem.level is None


def changed(row, path, value):
    row = json.loads(json.dumps(row))
    at = row
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return row


@pytest.mark.parametrize(
    ("row", "path", "value", "field"),
    [
        (GSM8K, ["question"], " ", "'question'"),
        (GSM8K, ["ground_truth"], "16\nnine", "'ground_truth'"),
        (GSM8K, ["6b_finetuning", "is_correct"], "no", "'6b_finetuning.is_correct'"),
        (GSM8K, ["6b_finetuning", "solution"], None, "'6b_finetuning.solution'"),
        (PRM800K, ["question"], "text", "'question.problem'"),
        (PRM800K, ["label", "steps"], None, "'steps'"),
        (PRM800K, ["label", "steps", 1, "completions"], "x", "'label.steps.1.completions'"),
        (PRM800K, ["label", "steps", 1, "completions", 0, "rating"], 2,
         "'label.steps.1.completions.0.rating'"),
        (PRM800K, ["label", "steps", 0, "completions", 1, "text"], "",
         "'label.steps.0.completions.1.text'"),
        (PRM800K, ["label", "steps", 1, "chosen_completion"], 2,
         "'label.steps.1.chosen_completion'"),
        (PRM800K, ["label", "steps", 1, "chosen_completion"], -1,
         "'label.steps.1.chosen_completion'"),
        (SHEPHERD, ["input"], "What? 2*3=6 ки", "'input'"),
        (SHEPHERD, ["input"], SHEPHERD["input"] + " more", "'input'"),
        (SHEPHERD, ["label"], SHEPHERD["label"].replace("2*3=6 +", "2*3=7 +"), "'label'.*step 1"),
        (SHEPHERD, ["label"], SHEPHERD["label"].replace("= 9 -", "= 9 ?"), "'label'.*step 2"),
        (SHEPHERD, ["label"], SHEPHERD["label"][:-1], "'label'.*step 3"),
        (META, ["type"], None, "'type'"),
        (META, ["response"], "Eight.", "'response'"),
    ],
)  # fmt: skip
def test_a_broken_row_is_named_with_file_row_and_field(tmp_path, row, path, value, field):
    with pytest.raises(BadInput, match=rf"rows\.jsonl: row 2: .*{field}"):
        read(tmp_path, row, changed(row, path, value))


def test_files_of_no_known_format_are_refused(tmp_path):
    with pytest.raises(BadInput, match=r"row 1: no known format.*: a, b"):
        read(tmp_path, {"a": 1, "b": 2})
    with pytest.raises(BadInput, match="holds no rows"):
        read(tmp_path)
    assert len(read(tmp_path, GSM8K, {}, limit=1)[0]) == 2


def real(*parts):
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not there")
    return path


def test_gsm8ks_real_solutions_join_the_test_split_and_their_flags_hold():
    from superalign.problems.answers import equal

    solutions, key = read_solutions(real("gsm8k", "example_model_solutions.jsonl"), limit=200)
    problems, _ = load_problems(real("gsm8k", "test.jsonl"))
    assert {s.problem.id for s in solutions} <= {p.id for p in problems}
    assert len(solutions) > 790
    agree = [
        s.right == equal(key.look_up(s.problem.id), said, "number")
        for s in solutions
        if (said := final_answer(f"#### {s.steps[-1].removeprefix('A:')}", "number"))
    ]
    assert sum(agree) / len(agree) > 0.99


def test_the_levels_of_the_real_math_500():
    problems, key = load_problems(real("math", "math500_test.jsonl"))
    assert [sum(p.level == n for p in problems) for n in range(1, 6)] == [43, 90, 105, 128, 134]
    assert (len(key), key.mode) == (500, "math")
    level = levels_of(problems)
    assert all(level(f" {p.prompt}\n") == p.level for p in problems)
