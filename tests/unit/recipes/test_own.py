"""The loop on a user's own problems, with policies that answer by rule."""

import asyncio
import json
import time

import pytest

from superalign.critics.gold import Gold
from superalign.errors import BadInput, Unreachable
from superalign.loop import Loop
from superalign.policies.local import LocalPolicy
from superalign.policies.scripted import Scripted
from superalign.problems.key import Key
from superalign.progress import Progress
from superalign.recipes.own.attack import Answered
from superalign.recipes.own.config import OwnConfig
from superalign.recipes.own.measures import accuracy, against_gold, firsts
from superalign.recipes.own.round import Rounds, WhereItCan
from superalign.recipes.own.run import export_own, run_own
from superalign.recipes.own.seats import Seats
from superalign.recipes.regression import read_suite
from superalign.records import Episode, Example, Message, Move, Outcome, Problem, Reply, Verdict

SUMS = {f"What is {i}+{i}?": str(2 * i) for i in range(10, 22)}


def learn(seen, seed):
    """Add rightly half of the time, and always after a critique."""
    a = int(seen[0].text.removeprefix("What is ").split("+")[0])
    right = len(seen) > 1 or seed % 2
    return f"The answer is {2 * a if right else 2 * a + 1}"


def check(seen, seed):
    """Judge rightly: the sum of two like numbers is even."""
    reply = seen[-1].text.rsplit("<reply ", 1)[1].split(">\n", 1)[1].split("\n</reply")[0]
    answer = reply.split()[-1]
    good = int(answer) % 2 == 0
    issues = [] if good else [{"quote": answer, "why": "an odd sum"}]
    verdict = "pass" if good else "fail"
    return json.dumps({"issues": issues, "answer": answer, "verdict": verdict, "confidence": 0.9})


def attack(seen, seed):
    return json.dumps({"problem": f"What is {seed % 1000}+{seed % 1000}?"})


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "sums.jsonl"
    rows = [{"prompt": p, "answer": a} for p, a in SUMS.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return OwnConfig(problems=str(path), learner="rule", critic="rule", samples=3, looks=1)


def seats(learner=learn, critic=check, attacker=None):
    return Seats(
        learner=Scripted(learner),
        critic=Scripted(critic, name="critic"),
        attacker=attacker and Scripted(attacker, name="attacker"),
    )


def test_failures_are_found_refined_and_exported(config, tmp_path):
    folder = tmp_path / "run"
    summary = run_own(config, folder, Progress(), seats=seats(attacker=attack))
    start, end = summary["gold_accuracy"]["start"], summary["gold_accuracy"]["end"]
    assert start["n"] == end["n"] == len(SUMS)
    assert 0 < start["rate"] < end["rate"] == 1.0
    assert start["low"] <= start["rate"] <= start["high"]
    assert summary["critic_error"]["accuracy"]["rate"] == 1.0
    assert summary["critic_error"]["auroc"] == 1.0
    assert summary["critic_error"]["n"] == 3 * len(SUMS)
    assert summary["attacks"]["asked"] == len(SUMS)
    assert summary["passed"]["rewritten"]["pass_rate"]["n"] == 3 * summary["attacks"]["usable"] > 0
    rows = [json.loads(line) for line in (folder / "preferences.jsonl").open()]
    assert len(rows) == summary["pairs"]["n"] > 0
    for row in rows:
        chosen, rejected = (int(row[k][0]["content"].split()[-1]) for k in ("chosen", "rejected"))
        assert (chosen % 2, rejected % 2) == (0, 1)
    failures = [json.loads(line) for line in (folder / "failures.jsonl").open()]
    assert all("an odd sum" in f["critique"] for f in failures)
    assert len(failures) == summary["revisions"]["n"]


def test_the_key_changes_what_is_measured_and_nothing_else(config, tmp_path):
    blind = tmp_path / "blind.jsonl"
    blind.write_text("".join(json.dumps({"prompt": p}) + "\n" for p in SUMS))
    with_key = run_own(config, tmp_path / "a", Progress(), seats=seats())
    config = config.model_copy(update={"problems": str(blind)})
    without = run_own(config, tmp_path / "b", Progress(), seats=seats())
    assert with_key["labelled"] == len(SUMS)
    assert without["labelled"] == 0
    assert without["gold_accuracy"]["start"]["rate"] is None
    assert without["critic_error"]["auroc"] is None
    for name in ("preferences.jsonl", "failures.jsonl"):
        assert (tmp_path / "a" / name).read_text() == (tmp_path / "b" / name).read_text()


def test_a_finished_run_is_read_back_without_a_question(config, tmp_path):
    def silent(seen, seed):
        raise AssertionError("asked again")

    first = run_own(config, tmp_path / "run", Progress(), seats=seats(attacker=attack))
    again = run_own(config, tmp_path / "run", Progress(), seats=seats(silent, silent, silent))
    assert {**again, "seconds": 0} == {**first, "seconds": 0}


def test_a_run_stopped_on_the_way_goes_on_to_the_same_end(config, tmp_path):
    calls = 0

    def dies(seen, seed):
        nonlocal calls
        calls += 1
        if calls > 40:
            raise KeyboardInterrupt
        return check(seen, seed)

    with pytest.raises(KeyboardInterrupt):
        run_own(config, tmp_path / "run", Progress(), seats=seats(critic=dies))
    resumed = run_own(config, tmp_path / "run", Progress(), seats=seats())
    whole = run_own(config, tmp_path / "whole", Progress(), seats=seats())
    assert {**resumed, "seconds": 0} == {**whole, "seconds": 0}
    for name in ("preferences.jsonl", "failures.jsonl"):
        assert (tmp_path / "run" / name).read_text() == (tmp_path / "whole" / name).read_text()


def test_the_seconds_of_a_run_count_those_before_it_went_on(config, tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def slow(seen, seed):
        clock[0] += 10
        return learn(seen, seed)

    first = run_own(config, tmp_path / "run", Progress(), seats=seats(slow))
    clock[0] += 1000
    again = run_own(config, tmp_path / "run", Progress(), seats=seats(slow))
    assert again["seconds"] == first["seconds"] == clock[0] - 1000


@pytest.mark.parametrize("name", ["learner", "critic", "attacker"])
def test_a_model_that_is_not_there_leaves_no_folder(config, tiny, tmp_path, name):
    there = {"learner": str(tiny), "critic": "openai/tiny", "attacker": str(tiny)}
    config = config.model_copy(update={**there, name: "./typo"})
    with pytest.raises(BadInput, match=r"\./typo: no such checkpoint folder"):
        run_own(config, tmp_path / "run", Progress())
    assert not (tmp_path / "run").exists()


def test_other_problems_in_the_folder_of_a_run_are_refused(config, tmp_path):
    run_own(config, tmp_path / "run", Progress(), seats=seats())
    fewer = config.model_copy(update={"limit": 2})
    with pytest.raises(BadInput, match="limit"):
        run_own(fewer, tmp_path / "run", Progress(), seats=seats())


def test_a_critic_that_says_nothing_readable_leaves_all_unscored(config, tmp_path):
    summary = run_own(config, tmp_path / "run", Progress(), seats=seats(critic=lambda *_: "fine"))
    assert summary["passed"]["given"]["pass_rate"]["n"] == 0
    assert summary["passed"]["given"]["unscored"] == {"unreadable": 3 * len(SUMS)}
    assert summary["passed"]["given"]["bounds"] == {"worst": 0.0, "best": 1.0}
    assert summary["pairs"]["n"] == 0
    assert summary["sentence"] == "rule scored no answer of rule; 0 preference pairs were made."


def test_answers_that_never_come_stop_the_run(config, tmp_path):
    def broken(seen, seed):
        return Reply(text="", stop="error", error="no room")

    with pytest.raises(Unreachable, match="no room"):
        run_own(config, tmp_path / "run", Progress(), seats=seats(broken))


def test_its_rounds_are_those_of_the_one_loop_and_a_learner_without_weights_stays(
    config, tmp_path, monkeypatch
):
    went = []
    a_round = Loop.round

    async def watched(self, state, number):
        went.append((number, state.learner))
        return await a_round(self, state, number)

    monkeypatch.setattr(Loop, "round", watched)
    config = config.model_copy(update={"rounds": 2})
    chairs = seats(attacker=attack)
    summary = run_own(config, tmp_path / "run", Progress(), seats=chairs)
    assert went == [(1, chairs.learner), (2, chairs.learner)]
    first, second = summary["rounds"]
    assert (first["round"], second["round"]) == (1, 2)
    assert first["answers"] + second["answers"] == summary["answers"]["n"]
    assert first["pairs"] + second["pairs"] == summary["pairs"]["n"]
    assert summary["attacks"]["asked"] == 2 * len(SUMS)
    assert summary["answers"]["n"] == 3 * (2 * len(SUMS) + summary["attacks"]["usable"])
    assert "gate" not in first
    assert summary["checkpoint"] is None


def adds(share, name):
    """Add rightly a share of the problems."""

    def say(seen, seed):
        a = int(seen[0].text.removeprefix("What is ").split("+")[0])
        return f"The answer is {2 * a + (a % 10 >= 10 * share)}"

    return Scripted(say, name=name)


@pytest.fixture
def rounds(config, ledger):
    return Rounds(
        config=config, ledger=ledger, seats=seats(), learner=None, problems=[],
        held=[Problem.of(p) for p in SUMS], progress=Progress(),
    )  # fmt: skip


@pytest.mark.parametrize(("share", "promoted"), [(0.8, True), (0.5, True), (0.2, False)])
def test_who_scores_lower_on_held_out_problems_is_not_kept(rounds, share, promoted):
    found = asyncio.run(rounds.gate(None, adds(0.5, "old"), adds(share, "new")))
    assert found.promoted is found.measured["promoted"] is promoted
    assert found.measured["change"]["n"] == len(SUMS)


def test_a_learner_that_learnt_nothing_is_compared_with_nothing(rounds, ledger):
    old = adds(0.5, "old")
    found = asyncio.run(rounds.gate(None, old, old))
    assert (found.promoted, found.measured) == (False, {})
    assert ledger.read() == []


def test_only_what_has_weights_and_something_to_learn_is_trained(tiny):
    class Never:
        def improve(self, policy, examples, *, seed=0):
            raise AssertionError("trained")

    example = Example(move=said(Problem.of("a"), "b").moves[0])
    for policy, examples in ((Scripted(learn), [example]), (LocalPolicy(tiny), [])):
        assert WhereItCan(Never()).improve(policy, examples) is policy
    with pytest.raises(AssertionError, match="trained"):
        WhereItCan(Never()).improve(LocalPolicy(tiny), [example])


def test_a_step_in_which_no_answer_came_is_asked_again(config, tmp_path):
    def broken(seen, seed):
        return Reply(text="", stop="error", error="no room")

    with pytest.raises(Unreachable, match="rule: none of 24 answers came: no room"):
        run_own(config, tmp_path / "run", Progress(), seats=seats(broken))
    mended = run_own(config, tmp_path / "run", Progress(), seats=seats())
    assert mended["answers"] == {"n": 3 * len(SUMS), "error": 0, "refused": 0}


def test_one_answer_that_does_not_come_ends_no_run(config, tmp_path):
    def broken_once(seen, seed):
        if seen[0].text == "What is 10+10?":
            return Reply(text="", stop="error", error="no room")
        return learn(seen, seed)

    found = run_own(config, tmp_path / "run", Progress(), seats=seats(broken_once))
    assert found["answers"] == {"n": 3 * len(SUMS), "error": 3, "refused": 0}
    assert asyncio.run(Answered(Gold(Key({}, "exact")), "rule").judge([])) == []


def test_every_problem_has_a_variant_of_its_own(config, tmp_path):
    found = run_own(config, tmp_path / "run", Progress(), seats=seats(attacker=attack))
    assert found["attacks"]["asked"] == len(SUMS)
    assert 2 * len(SUMS) // 3 < found["attacks"]["usable"] <= len(SUMS)


def said(problem, text, right=None, stop="end"):
    seen = (Message(role="user", text=problem.prompt),)
    move = Move(seat="learner", policy="p", seen=seen, reply=Reply(text=text, stop=stop))
    outcome = Outcome.UNSCORED if right is None else Outcome.PASS if right > 0.5 else Outcome.FAIL
    scores = {} if right is None else {"right": right}
    verdict = Verdict(critic="c", outcome=outcome, scores=scores)
    return Episode.of(problem, "solo", 0, [move]).judged(verdict)


def test_a_critics_error_counts_what_both_scored_and_says_what_was_not():
    a, b, unlabelled = Problem.of("a"), Problem.of("b"), Problem.of("c")
    gold = Gold(Key({a.id: "1", b.id: "2"}, "number"))
    episodes = [
        said(a, "#### 1", 0.9),
        said(a, "#### 7", 0.8),
        said(b, "#### 3", 0.1),
        said(b, "#### 2"),
        said(b, "", 0.2, stop="error"),
        said(unlabelled, "#### 1", 0.9),
    ]
    measured = asyncio.run(against_gold(gold, "c", episodes))
    assert measured["n"] == 3
    assert measured["accuracy"]["rate"] == pytest.approx(2 / 3)
    assert measured["auroc"] == 1.0
    assert measured["unscored"] == {"critic": 1, "gold": 1}
    assert asyncio.run(accuracy(gold, episodes))["n"] == 4
    assert firsts(episodes) == [episodes[0], episodes[2], episodes[5]]


def test_failures_that_the_second_look_confirms_are_a_suite_with_the_formats_label(tmp_path):
    path = tmp_path / "x.csv"
    rows = [f'{i},"What is {i}+{i}?",kind,safe,sum,note\n' for i in range(10, 22)]
    path.write_text("id,prompt,type,label,focus,note\n" + "".join(rows))
    config = OwnConfig(problems=str(path), learner="rule", critic="rule", samples=3, looks=1)
    told = []
    progress = Progress()
    progress.say = told.append
    summary = run_own(config, tmp_path / "run", progress, seats=seats())
    assert told[0] == f"{path}: read as XSTest: 12 problems"
    written = export_own(tmp_path / "run", summary, tmp_path / "out")
    cases = read_suite(tmp_path / "out" / "regression.jsonl")
    assert len(cases) == summary["revisions"]["n"] > 0
    assert {(c.expected, c.confirmed) for c in cases} == {("comply", "second look")}
    assert set(written) == {"preferences", "failures", "regression"}
    pairs = [json.loads(line) for line in (tmp_path / "out" / "preferences.jsonl").open()]
    assert {p["eps"] for p in pairs} == {None}
    assert all(p["source"] == "refine" or p["source"].startswith("critic:") for p in pairs)
