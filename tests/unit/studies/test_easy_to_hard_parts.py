import asyncio
import random

import numpy as np
import pytest

from plays import said
from superalign.errors import BadInput
from superalign.learners.labelled import Labelled
from superalign.problems import chains
from superalign.problems.graders import GRADERS
from superalign.problems.grouping import Grouping
from superalign.progress import Progress
from superalign.recipes.chains.critic import compose
from superalign.records import Message, Problem
from superalign.studies import claims
from superalign.studies.easy_to_hard import easy_to_hard, learning, methods, pools, summary
from superalign.studies.easy_to_hard.school import School, Task, examples, right_answers
from superalign.studies.easy_to_hard.worlds import Chains, world

SMOKE = easy_to_hard("smoke")
CHAINS = Chains(SMOKE)
PROBLEM = Problem.of("k3\nb=k*7\nb?\n", level=1)
HARD = Problem.of("k3\nb=k*7\nx=b-k\nx?\n", level=2)
RIGHT, LUCKY, WRONG = "b=k*7=k3*7=b1\n#1", "b=k*7=k3*7=b2\n#1", "b=k*7=k3*7=b2\n#2"


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"easy": (2, 1)}, "'easy' is [2, 1]; it must name one, and they must go up"),
        ({"sizes": ()}, "'sizes' is []; it must name one"),
        ({"easy": (1, 4), "hard": (4,)}, "'hard' begins at level 4; it must lie above 'easy'"),
        ({"arms": ("base",)}, "it must name 'sft_easy'"),
        ({"arms": ("sft_easy", "sft_easy")}, "none twice"),
        ({"test_data": "x.jsonl"}, "name both or neither"),
        ({"noise": 0.5}, "noise"),
        ({"voting": "sum"}, "voting"),
    ],
)
def test_what_cannot_be_studied_is_one_line(fields, line):
    with pytest.raises(BadInput) as found:
        easy_to_hard("smoke", **fields)
    assert line in str(found.value)


def test_samples_are_the_generators_own_unless_a_sampler_is_named(tmp_path):
    assert easy_to_hard().sampler == "chains-200k"
    assert easy_to_hard(organism="./mine").sampler is None
    assert easy_to_hard(organism="./mine", sampler="./small").sampler == "./small"
    tasks = [
        Task(easy_to_hard("smoke", **fields), tmp_path, 0)
        for fields in ({}, {"sampler": "chains-200k"})
    ]
    assert tasks[0].sampler().id == tasks[0].generator().id
    assert tasks[1].sampler().folder.name == "chains-200k"


def test_what_is_chosen_from_was_said_by_the_sampler(monkeypatch, tmp_path):
    class Asked(Exception):
        pass

    async def sampled(policy, *_, **__):
        raise Asked(policy.folder)

    monkeypatch.setattr(methods, "sampled", sampled)
    sampler = Task(SMOKE, tmp_path, 0).generator().folder
    school = School({}, [], tmp_path, tmp_path, sampler, {})
    with pytest.raises(Asked) as found:
        asyncio.run(methods.reranked(Task(SMOKE, tmp_path, 0), school, None, Progress()))
    assert found.value.args == (sampler,)


def test_the_world_knows_its_answers_and_what_costs():
    assert CHAINS.key([PROBLEM]).look_up(PROBLEM.id) == "1"
    assert CHAINS.answer(RIGHT) == "1"
    assert [CHAINS.penalty(t) for t in (RIGHT, "b=k*7", "")] == [0, -1, -1]
    assert CHAINS.steps(PROBLEM, RIGHT) == [True, True]
    assert CHAINS.steps(PROBLEM, LUCKY) == [False, False]
    train = CHAINS.train((1, 2), 40, 7)
    assert {p.level for p in train} == {1, 2}
    assert train == CHAINS.train((1, 2), 40, 7) != CHAINS.train((1, 2), 40, 8)
    assert [p.level for p in CHAINS.test(3, 1)] == [1, 1, 1, 2, 2, 2]


def test_people_label_lines_and_answers_of_easy_problems_alone():
    exact = Chains(easy_to_hard("smoke", noise=0))
    told = [said(PROBLEM, RIGHT), said(PROBLEM, LUCKY)]
    right, lucky = asyncio.run(exact.label(None, told, 0))
    assert right == ([True, True], True)
    assert lucky == ([False, False], True)
    with pytest.raises(ValueError, match="cannot label level 2"):
        asyncio.run(exact.label(None, [said(HARD, RIGHT)], 0))


def sampled(problem=PROBLEM, order=(0, 0, 1, 2, 3)):
    texts = [RIGHT, LUCKY, WRONG, "b=k\n#1"]
    drawn = pools.Sampled(
        problem, (Message(role="user", text="?"),), texts, [True, True, True, False], order
    )
    return pools.checked(CHAINS, [drawn])[0]


def test_samples_are_checked_by_answer_and_by_steps():
    found = sampled()
    assert list(found.answer) == [True, True, False, False]
    assert list(found.right) == [True, False, False, False]
    assert list(found.groups) == [0, 0, 1, -1]
    assert list(found.first_errors[:3]) == [-1, 0, 0]
    assert pools.truth([found], "right").tolist() == [[True, True, False, False, False]]
    assert pools.truth([found], "answer").tolist() == [[True, True, True, False, False]]


def test_a_pool_gives_every_sample_the_score_of_its_solution():
    found = sampled()
    chances = {"prm": [[0.5, 0.4], [0.9, 0.9], [0.1, 0.2], []]}
    scored = pools.Sampled(**{**vars(found), "chances": chances})
    assert pools.pool([scored], "prm", "product").scores == pytest.approx(
        np.array([[0.2, 0.2, 0.81, 0.02, 0.0]])
    )
    assert pools.pool([scored], "prm", "last").scores[0, 0] == 0.4
    assert (pools.pool([scored], None, "last").scores == 1).all()
    assert pools.pool([scored], None, "last").groups.tolist() == [[0, 0, 0, 1, -1]]


def test_outcomes_are_read_at_the_end_and_steps_as_configured():
    assert methods.how(SMOKE, "orm", "weighted") == methods.how(SMOKE, "orm", "best") == "last"
    assert methods.how(SMOKE, "prm", "weighted") == "product"
    assert methods.how(SMOKE, "oprm", "best") == "min"
    assert [methods.compared(s) for s in ((1, 4), (1, 64, 256), (128, 256))] == [4, 64, 128]


def test_only_right_distinct_solutions_teach():
    told = [said(PROBLEM, t) for t in (RIGHT, WRONG, RIGHT)]
    assert right_answers(CHAINS, told) == [True, False, True]
    cut = said(PROBLEM, RIGHT, "length")
    assert right_answers(CHAINS, [cut]) == [False]
    assert [e.move.reply.text for e in examples(told, [True, False, True])] == [RIGHT]


def course(arm, tmp_path):
    school = School({}, [], tmp_path, tmp_path, tmp_path, {})
    job = learning.ArmTask(Task(SMOKE, tmp_path, 0), arm, school)
    return learning._Course(job, None, None)


@pytest.mark.parametrize("arm", ["rest_em", "dpo_prm", "grpo_answers", "grpo_prm", "grpo_full"])
def test_who_may_know_the_answers_of_hard_questions(arm, tmp_path):
    played = [said(PROBLEM, RIGHT), said(HARD, "x=1\n#8"), said(PROBLEM, WRONG)]
    known = course(arm, tmp_path)._known(played)
    assert known == [True, True if arm == "grpo_full" else None, False]


def test_rewards_are_shaped_as_published(tmp_path):
    taught = course("grpo_prm", tmp_path)
    taught.__dict__["critic"] = type("Critic", (), {"id": "c"})
    from plays import verdict

    played = said(PROBLEM, RIGHT).judged(verdict("c", steps=(0.9, 0.4)))
    assert taught._reward(played, None) == pytest.approx(0.25 + 0.25 - 0.1)
    assert taught._reward(played, True) == pytest.approx(1 + 0.25 - 0.1)
    cut = said(PROBLEM, "b=k\nx", "length")
    assert taught._reward(cut, False) == pytest.approx(-1 + 0.25 - 0.5)
    assert course("grpo_answers", tmp_path)._reward(played, True) == 1
    assert course("grpo_answers", tmp_path)._reward(cut, False) == -1


def test_labelled_solutions_make_longer_ones_whose_answer_is_known_or_is_not():
    problem = chains.draw(2, random.Random(1))
    good = chains.solve(chains.parse(problem.prompt))
    steps = (True,) * (good.count("\n") + 1)
    seen = (Message(role="user", text=problem.prompt),)
    fine = Labelled(seen, good, steps, True)
    slipped = Labelled(seen, good, (False, *steps[1:]), True)
    wrong = Labelled(seen, good, (*steps[:-1], False), False)
    for parts, right in (((fine, fine), True), ((slipped, fine), None), ((slipped, wrong), False)):
        made = compose(parts, random.Random(0))
        assert made.right is right
        assert made.steps == (*parts[0].steps[:-1], *parts[1].steps)
        assert all(chains.check(made.seen[0].text, made.solution).steps)
    longer = CHAINS.lengthened([fine, wrong], 6, 0)
    assert len(longer) == 6
    assert all(x.solution.count("#") == 1 for x in longer)
    assert CHAINS.lengthened([], 6, 0) == []


def test_claims_are_told_by_where_the_interval_lies():
    rng = random.Random(0)
    low = [float(rng.random() < 0.2) for _ in range(300)]
    high = [float(x or rng.random() < 0.4) for x in low]
    verdicts = {m: claims.claim(low, high, m, 0)["verdict"] for m in (0.0, 0.3, 0.9)}
    assert verdicts == {0.0: "shown", 0.3: "not shown", 0.9: "contrary"}
    assert claims.claim(low, low, -0.02, 0)["verdict"] == "shown"
    assert claims.claim(low, low, 0.0, 0)["verdict"] == "not shown"


def test_a_sentence_names_every_claim_once_under_its_verdict():
    kinds = {"a_b": "shown", "c": "not shown", "d": "contrary", "e": "shown", "f": "not shown"}
    found = {name: {"verdict": kind} for name, kind in kinds.items()}
    said = "2 of 5 claims are shown: a b, e; not shown: c, f; contrary: d."
    assert claims.sentence(found) == said
    assert (
        claims.sentence({"c": {"verdict": "not shown"}}) == "0 of 1 claims are shown; not shown: c."
    )
    assert claims.sentence({"a": {"verdict": "shown"}}) == "1 of 1 claims are shown: a."


def test_tables_pool_seeds_and_say_what_was_luck():
    seeds = [
        {
            "levels": [1, 2],
            "methods": {"majority": {"right": [[0.5], [0.0]], "answer": [[1.0], [0.5]]}},
        },
        {
            "levels": [1, 2],
            "methods": {"majority": {"right": [[1.0], [0.0]], "answer": [[1.0], [0.0]]}},
        },
    ]
    config = easy_to_hard("smoke", sizes=(1,))
    point = summary._table(config, seeds, (1,), 0)["majority"]["1"]
    assert (point["rate"], point["answer"], point["lucky"], point["n"]) == (0.75, 1.0, 0.25, 2)
    hard = summary._table(config, seeds, (2,), 0)["majority"]["1"]
    assert (hard["rate"], hard["answer"], hard["lucky"]) == (0.0, 0.25, 1.0)
    assert summary._lucky(0.0, 0.0) is None


def test_a_users_answers_label_the_lines_from_which_the_policy_gets_there(tmp_path):
    import json

    rows = [{"question": f"q{n}", "answer": "s\n" * (1 + n % 2) + "#### 4.0"} for n in range(16)]
    (tmp_path / "d.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    own = world(easy_to_hard("smoke", data=str(tmp_path / "d.jsonl")))
    problem = own.train((1,), 1, 0)[0]
    assert problem.level == 1
    assert not {p.id for p in own.train((1, 2), 99, 0)} & {p.id for p in own.test(99, 0)}

    class Gets:
        id = "gets"

        async def extend(self, seen, begun, *, n=1, seed=0, to_end=False):
            from superalign.policies.step_search import Piece

            return [Piece("#### 4.00" if "good" in begun else "#### 5", "end")] * n

    told = [said(problem, t) for t in ("good\n#### 4", "bad\n#### 5")]
    told.append(said(problem, "good\n#### 4", "length"))
    found = asyncio.run(own.label(Gets(), told, 0))
    assert found == [([True, True], True), ([False, False], False), None]
    assert own.steps(problem, "x") is None
    assert Grouping(GRADERS["number"]).right("4.0", [own.answer("so\n#### 4")]) == [True]


def test_equal_samples_are_kept_once(policy):
    class Tells:
        id = "tells"

        async def sample(self, seen, *, n=1, seed=0):
            from superalign.records import Reply

            return [Reply(text="ab"[i % 2]) for i in range(n)]

    class Keeps:
        async def once(self, step, key, make):
            return await make()

    found = asyncio.run(pools.sampled(Tells(), [PROBLEM], 5, Keeps(), Progress(), seed=0))
    assert found[0].texts == ["a", "b"]
    assert found[0].order == [0, 1, 0, 1, 0]
    assert chains.parse(found[0].seen[0].text)
