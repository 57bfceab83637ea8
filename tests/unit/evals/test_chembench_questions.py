"""Question files in every layout, prompts, topics: what is read, and what is refused."""

from __future__ import annotations

import json

import pytest

from chembench_questions import letters, numeric, row
from superalign.errors import BadInput
from superalign.evals.chembench.config import ChemBenchConfig, chosen
from superalign.evals.chembench.prompts import Markup, plain, problem, prompt
from superalign.evals.chembench.questions import read_questions
from superalign.evals.chembench.topics import level_of, skills_of, topic_of


def written(folder, *rows, name="questions.jsonl"):
    path = folder / name
    path.write_text("\n".join(json.dumps(r) for r in rows))
    return path


def test_a_question_is_named_as_reports_name_it(tmp_path):
    one = row(path="data/oup/gas_1.json", in_humansubset_w_tool=True)
    found = read_questions(written(tmp_path, one))[0]
    assert found.id == "oup-gas_1-gas"
    assert (found.options, found.right) == (("Methane", "Ethane"), frozenset("A"))
    assert (found.topic, found.skills, found.level) == ("Organic Chemistry", "Knowledge", 1)
    assert found.tools is True


def test_folders_files_and_rows_of_the_hub_hold_the_same(tmp_path):
    deep = tmp_path / "data" / "oup"
    deep.mkdir(parents=True)
    (deep / "gas_1.json").write_text(json.dumps(row()))
    (deep / "notes.json").write_text("[]")
    hub = row(examples=[{"input": "Which gas?", "target": None}])
    hub["examples"][0]["target_scores"] = json.dumps({"Methane": 1, "Ethane": 0})
    from_folder = read_questions(tmp_path)[0]
    from_hub = read_questions(written(tmp_path, hub, name="hub.jsonl"))[0]
    assert from_folder.id == "oup-gas_1-gas"
    assert from_hub.id.startswith("gas-")
    assert from_hub.model_copy(update={"id": from_folder.id}) == from_folder


def test_a_file_may_hold_several_examples(tmp_path):
    both = row(
        path="data/x/n.json", examples=[{"input": "a", "target": "-2"}, {"input": "b", "target": 3}]
    )
    found = read_questions(written(tmp_path, both))
    assert [(q.id, q.target) for q in found] == [("x-n-gas#0", "-2"), ("x-n-gas#1", "3")]


def test_either_name_of_the_tolerance_is_read(tmp_path):
    rows = [
        row(path=f"data/x/{name}.json", examples=[{"input": "a", "target": "1"}], **{name: 0.05})
        for name in ("tolerance", "relative_tolerance")
    ]
    assert [q.tolerance for q in read_questions(written(tmp_path, *rows))] == [0.05, 0.05]


WRONG = [
    ({"examples": []}, "field 'examples'"),
    ({"examples": ["x"]}, "field 'examples.0'"),
    ({"examples": [{"input": "a"}]}, "neither 'target_scores' nor a number 'target'"),
    ({"examples": [{"input": "a", "target": "many"}]}, "a number 'target'"),
    ({"examples": [{"input": "a", "target": "nan"}]}, "nor a number"),
    ({"examples": [{"input": "a", "target_scores": {"x": 0, "y": 0}}]}, "no right option"),
    ({"examples": [{"input": "a", "target_scores": {"x": 1}}]}, "2 to 26 options"),
    ({"examples": [{"input": "a", "target_scores": "{"}]}, "not valid JSON"),
    ({"examples": [{"target": "1"}]}, "text"),
]


@pytest.mark.parametrize(("fields", "line"), WRONG, ids=range(len(WRONG)))
def test_a_broken_question_is_named(tmp_path, fields, line):
    path = written(tmp_path, row(path="data/x/a.json"), row(path="data/x/b.json", **fields))
    with pytest.raises(BadInput, match=r"questions\.jsonl: row 2: ") as caught:
        read_questions(path)
    assert line in str(caught.value)


def test_a_question_is_not_there_twice(tmp_path):
    with pytest.raises(BadInput, match="'x-a-gas' is there twice"):
        read_questions(written(tmp_path, *[row(path="data/x/a.json")] * 2))


@pytest.mark.parametrize(
    ("keywords", "topic"),
    [
        (["organic-chemistry", "safety"], "Toxicity/Safety"),
        (["general-chemistry", "inorganic-chemistry"], "General Chemistry"),
        (["organic-chemistry", "technical-chemistry"], "Technical Chemistry"),
        (["analytical-chemistry", "organic-chemistry"], "Organic Chemistry"),
        (["electrochemistry"], "Physical Chemistry"),
        (["chemical-preference"], "Chemical Preference"),
        (["alchemy"], "Other"),
    ],
)
def test_topics_come_from_keywords(keywords, topic):
    assert topic_of(keywords) == topic


def test_skills_and_levels_come_from_keywords():
    assert skills_of(["requires-reasoning", "requires-knowledge"]) == "Knowledge+Reasoning"
    assert skills_of([]) == ""
    assert level_of(["dfficulty-basic"]) == 1
    assert level_of(["difficulty-advanced"]) == 2
    assert level_of(["x"]) is None


PLAIN = [
    ("\\ce{H2O}", "H2O"),
    ("\\ce{Ca_{10-x}Sr_{x}} and \\pu{3 mol}", "Ca_{10-x}Sr_{x} and 3 mol"),
    ("$x^2$ and $\\ce{O2}$", "x^2 and O2"),
    ("it costs $5, or $ 6 a piece", "it costs $5, or $ 6 a piece"),
    ("from $5 to $6", "from $5 to $6"),
    ("[START_SMILES]CC(=O)O[END_SMILES]", "CC(=O)O"),
    ("[START_RXNSMILES]C>>CC[END_RXNSMILES]", "C>>CC"),
    ("\\ce{open", "\\ce{open"),
]


@pytest.mark.parametrize(("text", "shown"), PLAIN)
def test_wrappers_are_taken_off_and_nothing_else(text, shown):
    assert plain(text) == shown
    assert plain(text, Markup(strip=False)) == text


def test_molecules_may_be_wrapped_for_a_model_of_its_own():
    markup = Markup(smiles=("[START_I_SMILES]", "[END_I_SMILES]"))
    shown = "[START_I_SMILES]CC[END_I_SMILES] in H2O"
    assert plain("[START_SMILES]CC[END_SMILES] in \\ce{H2O}", markup) == shown


def test_prompts_letter_the_options_and_ask_for_tags():
    shown = prompt(letters("\\ce{CH4}", "Ethane"))
    assert "Options:\nA. CH4\nB. Ethane\n" in shown
    assert "[ANSWER]A,B[/ANSWER]" in shown
    assert "step by step" not in shown
    assert "step by step" in prompt(letters(), reason=True)
    assert "Options" not in prompt(numeric())
    assert "decimal" in prompt(numeric())
    assert prompt(letters(), "completion").endswith("the letters are A,B,C,D.\n\nAnswer:")


def test_a_problem_knows_no_answer():
    shown = problem(letters(right="C")).model_dump_json()
    assert shown == problem(letters(right="A")).model_dump_json()
    assert problem(numeric("5")) == problem(numeric("6"))


def test_shuffled_options_take_their_scores_along():
    question = letters(*"abcdefgh", right="C")
    moved = [question.shuffled(seed) for seed in range(8)]
    assert len({m.options for m in moved}) > 1
    assert moved[0] == question.shuffled(0)
    for m in moved:
        assert {m.options["ABCDEFGH".index(x)] for x in m.right} == {"c"}


def test_questions_are_shuffled_each_in_its_own_way(tmp_path):
    same = [letters(*"abcdefgh", id=f"q{i}").shuffled(0).options for i in range(5)]
    assert len(set(same)) > 1
    path = written(tmp_path, *[row(path=f"data/x/{i}.json") for i in range(20)])
    asked = chosen(ChemBenchConfig(shuffle=True), path, seed=0, limit=None)
    assert {q.options[0] for q in asked} == {"Methane", "Ethane"}


def test_what_is_asked_for_is_chosen_and_put_so(tmp_path):
    rows = [
        row(path="data/x/a.json", in_humansubset_wo_tool=True),
        row(path="data/x/b.json", keywords=["safety"]),
    ]
    path = written(tmp_path, *rows)
    people = ChemBenchConfig(asked_people=True, reason=True)
    (asked,) = chosen(people, path, seed=0, limit=None)
    assert (asked.id, asked.tools) == ("x-a-gas", False)
    assert "step by step" in people.problem(asked).prompt
    assert people.problem(asked).level == 1
    (safe,) = chosen(ChemBenchConfig(topics=("Toxicity/Safety",)), path, seed=0, limit=None)
    assert safe.id == "x-b-gas"


def test_rows_of_the_hub_with_other_options_are_other_questions(tmp_path):
    other = [{"input": "Which gas?", "target_scores": {"Propane": 1, "Ethane": 0}}]
    assert len(read_questions(written(tmp_path, row(), row(examples=other)))) == 2


def test_a_limit_draws_at_random_and_more_draws_the_same_first(tmp_path):
    path = written(tmp_path, *[row(path=f"data/x/{i}.json") for i in range(30)])
    ids = [
        [q.id for q in chosen(ChemBenchConfig(), path, seed=seed, limit=limit)]
        for seed, limit in ((0, 5), (0, 9), (1, 9))
    ]
    assert ids[0] == ids[1][:5]
    assert set(ids[1]) != set(ids[2])


def test_what_is_asked_for_has_to_be_there(tmp_path):
    path = written(tmp_path, row(path="data/x/a.json"))
    with pytest.raises(BadInput, match="chembench needs --data"):
        chosen(ChemBenchConfig(), None, seed=0, limit=None)
    with pytest.raises(BadInput, match="topic 'Alchemy'"):
        chosen(ChemBenchConfig(topics=("Alchemy",)), path, seed=0, limit=None)
    with pytest.raises(BadInput, match="no question is left"):
        chosen(ChemBenchConfig(asked_people=True), path, seed=0, limit=None)
