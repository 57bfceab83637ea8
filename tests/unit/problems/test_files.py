import json
from pathlib import Path

import pytest

from superalign.errors import BadInput
from superalign.problems.files import Columns, load_problems

DATA = Path(__file__).parents[4] / "shared" / "data"


def jsonl(path, *rows):
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows))
    return path


def test_the_level_of_gsm8k_is_the_length_of_its_solution(tmp_path):
    file = tmp_path / "g.jsonl"
    rows = [{"question": f"q{n}", "answer": "step\n\n" * n + "#### 4"} for n in (1, 3)]
    file.write_text("".join(json.dumps(r) + "\n" for r in rows))
    assert [p.level for p in load_problems(file)[0]] == [1, 3]
    file.write_text("".join(json.dumps({**r, "level": 7}) + "\n" for r in rows))
    assert [p.level for p in load_problems(file)[0]] == [7, 7]


def test_gsm8k_rows_load_as_they_are(tmp_path):
    row = {"question": "How many?", "answer": "2*3=<<2*3=6>>6\n#### 1,006"}
    (problem,), key = load_problems(jsonl(tmp_path / "p.jsonl", row))
    assert problem.prompt == "How many?"
    assert "1,006" not in problem.model_dump_json()
    assert (key.mode, key.look_up(problem.id)) == ("number", "1,006")


def test_math_rows_load_as_they_are(tmp_path):
    with_answer = {"problem": "a?", "solution": "s", "answer": "x", "level": 3, "unique_id": "a/1"}
    (problem,), key = load_problems(jsonl(tmp_path / "p.jsonl", with_answer))
    assert (problem.id, problem.level) == ("a/1", 3)
    assert (key.mode, key.look_up("a/1")) == ("math", "x")
    boxed = {"problem": "b?", "solution": r"so \boxed{\frac12}", "level": "Level 5", "type": "t"}
    (problem,), key = load_problems(jsonl(tmp_path / "q.jsonl", boxed))
    assert (problem.level, key.look_up(problem.id)) == (5, r"\frac12")


@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not there")
@pytest.mark.parametrize(
    ("name", "n", "mode"), [("gsm8k/test", 1319, "number"), ("math/math500_test", 500, "math")]
)
def test_the_published_files_load_whole(name, n, mode):
    problems, key = load_problems(DATA / f"{name}.jsonl")
    assert len(problems) == len(key) == n
    assert key.mode == mode


def test_choices_are_shown_as_letters_and_answered_by_letter_index_or_words(tmp_path):
    options = ["red", "blue", "green"]
    rows = [
        {"prompt": str(i), "choices": shown, "answer": answer}
        for i, (shown, answer) in enumerate(
            [
                (options, "b"),
                (options, 1),
                (options, "blue"),
                ("red|blue|green", "B"),
                (json.dumps(options), "(B)"),
                ({"text": options, "label": ["A", "B", "C"]}, "B"),
            ]
        )
    ]
    problems, key = load_problems(jsonl(tmp_path / "p.jsonl", *rows))
    assert problems[0].prompt == "0\nA) red\nB) blue\nC) green"
    assert {key.look_up(p.id) for p in problems} == {"B"}


def test_a_csv_with_named_columns(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text('name,ask,gold,passage\nx1,"Two,\nlines?",7,Read this\nx2,B?,,\n')
    columns = Columns(prompt="ask", answer="gold", id="name", source="passage")
    problems, key = load_problems(path, columns=columns)
    assert [p.id for p in problems] == ["x1", "x2"]
    assert (problems[0].prompt, problems[0].source) == ("Two,\nlines?", "Read this")
    assert (len(key), key.mode, "x2" in key) == (1, "number", False)


def test_a_saved_data_set_and_a_parquet_file(tmp_path):
    import datasets

    rows = datasets.Dataset.from_list(
        [{"prompt": "a", "answer": "b"}, {"prompt": "c", "answer": "d"}]
    )
    rows.save_to_disk(tmp_path / "saved")
    rows.to_parquet(tmp_path / "p.parquet")
    for where in (tmp_path / "saved", tmp_path / "p.parquet"):
        problems, key = load_problems(where)
        assert [p.prompt for p in problems] == ["a", "c"]
        assert (len(key), key.mode) == (2, "exact")


def test_a_limit_reads_the_first_rows(tmp_path):
    path = jsonl(tmp_path / "p.jsonl", {"prompt": "a"}, {"prompt": "b"}, "broken")
    assert [p.prompt for p in load_problems(path, limit=2)[0]] == ["a", "b"]


BROKEN = {
    "a missing column": (
        [{"text": "a", "gold": 1}],
        r"row 1: column 'prompt' is missing.*gold, text",
    ),
    "a column missing later": (
        [{"prompt": "a"}, {"text": "b"}],
        "row 2: column 'prompt' is missing",
    ),
    "broken JSON": ([{"prompt": "a"}, '{"prompt": '], "row 2: is not valid JSON"),
    "deep JSON": (["[" * 100_000], "row 1: is not valid JSON"),
    "no object": (["[1]"], "row 1: is not a JSON object"),
    "an empty prompt": ([{"prompt": " "}], "row 1: column 'prompt' is empty"),
    "a prompt that is no text": ([{"prompt": ["a"]}], "row 1: column 'prompt' holds no text"),
    "an id twice": ([{"prompt": "a", "id": 1}, {"prompt": "b", "id": 1}], "row 2: id '1'"),
    "an empty id": ([{"prompt": "a", "id": ""}], "row 1: column 'id' is empty"),
    "a row twice": ([{"prompt": "a"}, {"prompt": "a"}], "row 2: id"),
    "a level in words": ([{"prompt": "a", "level": "hard"}], "row 1: column 'level': 'hard'"),
    "one choice": ([{"prompt": "a", "choices": ["x"]}], "row 1: column 'choices'"),
    "an answer that is no choice": (
        [{"prompt": "a", "choices": ["x", "y"], "answer": "z"}],
        "row 1: answer 'z' is none of the 2 choices",
    ),
    "no marked answer": (
        [{"question": "a", "answer": "#### 1"}, {"question": "b", "answer": "2"}],
        "row 2: column 'answer' holds no answer",
    ),
    "no rows": ([], "holds no rows"),
}


@pytest.mark.parametrize(("rows", "line"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_one_line_that_names_file_and_row(tmp_path, rows, line):
    with pytest.raises(BadInput, match=line) as caught:
        load_problems(jsonl(tmp_path / "mine.jsonl", *rows))
    assert str(tmp_path / "mine.jsonl") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_cannot_be_read_is_one_line(tmp_path):
    (tmp_path / "bytes.jsonl").write_bytes(b'{"prompt": "\xff"}\n')
    (tmp_path / "cells.csv").write_text("prompt,answer\na,b,c\n")
    (tmp_path / "object.json").write_text("{}")
    for name in ("none.jsonl", "bytes.jsonl", "cells.csv", "object.json", "no-folder"):
        with pytest.raises(BadInput, match=name) as caught:
            load_problems(tmp_path / name)
        assert "\n" not in str(caught.value)
