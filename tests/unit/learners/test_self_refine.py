import asyncio
import json

from superalign.critics.protocol import Judge
from superalign.critics.rubric import Rubric
from superalign.learners.pairs import Pair, widest, write_pairs
from superalign.learners.refine import accepted, refine
from superalign.policies.scripted import Scripted
from superalign.records import Episode, Message, Move, Outcome, Problem, Reply, Verdict

PROBLEM = Problem.of("What is 2+3?")


def said(text, seed=0):
    seen = (Message(role="user", text=PROBLEM.prompt),)
    move = Move(seat="learner", policy="p", seen=seen, reply=Reply(text=text))
    return Episode.of(PROBLEM, "solo", seed, [move])


def scored(text, right, seed=0):
    outcome = Outcome.UNSCORED if right is None else Outcome.PASS if right > 0.5 else Outcome.FAIL
    scores = {} if right is None else {"right": right}
    return said(text, seed).judged(Verdict(critic="c", outcome=outcome, scores=scores))


def judge_of_fives(seen, _):
    reply = seen[-1].text.rsplit("<reply ", 1)[1]
    word = "answer"
    good = "5" in reply.split(">\n", 1)[1].split("</reply")[0]
    issues = [] if good else [{"quote": word, "why": "it is five"}]
    verdict = "pass" if good else "fail"
    return json.dumps({"issues": issues, "answer": word, "verdict": verdict, "confidence": 0.9})


def revised(learner, first):
    judge = Scripted(judge_of_fives)
    critic, second = Rubric(judge, seed=1), Rubric(judge, seed=2)

    async def run():
        judged = await Judge(critic)([first])
        return await refine(learner, judged, critic, second, seed=0), second.id

    return asyncio.run(run())


def test_a_failed_answer_is_revised_with_its_critique_and_both_are_scored_again():
    shown = []
    learner = Scripted(lambda seen, _: shown.append(seen) or "my answer: 5")
    both, second = revised(learner, said("my answer: 6"))
    assert "it is five" in shown[0][-1].text
    assert shown[0][1].text == "my answer: 6"
    (pair,) = accepted(both, second, gap=0.2)
    assert (pair.chosen, pair.rejected, pair.source) == ("my answer: 5", "my answer: 6", "refine")
    assert pair.prompt == said("x").moves[0].seen
    assert round(pair.weight, 6) == 0.8


def test_a_revision_that_is_no_better_makes_no_pair():
    both, second = revised(Scripted(["my answer: 7"]), said("my answer: 6"))
    assert len(both) == 1
    assert accepted(both, second, gap=0.2) == []


def test_an_answer_that_passed_is_left_alone():
    both, _ = revised(Scripted(["x"]), said("my answer: 5"))
    assert both == []


def test_the_best_answer_is_paired_with_the_worst():
    group = [scored("b", 0.6, 1), scored("a", 0.9, 2), scored("c", 0.1, 3), scored("d", None, 4)]
    pair = widest(group, "c", gap=0.2)
    assert (pair.chosen, pair.rejected, round(pair.weight, 6)) == ("a", "c", 0.8)


def test_close_scores_equal_texts_and_single_answers_make_no_pair():
    assert widest([scored("a", 0.5), scored("b", 0.6, 1)], "c", gap=0.2) is None
    assert widest([scored("a", 0.1), scored("a", 0.9, 1)], "c", gap=0.2) is None
    assert widest([scored("a", 0.9), scored("b", None, 1)], "c", gap=0.2) is None


def test_of_equally_good_answers_the_shorter_is_chosen():
    group = [scored("long and windy", 0.9), scored("short", 0.9, 1), scored("bad", 0.1, 2)]
    assert widest(group, "c", gap=0.2).chosen == "short"


def test_pairs_are_written_as_messages_or_as_text(tmp_path):
    seen = (Message(role="system", text="S "), Message(role="user", text="Q"))
    pair = Pair(
        problem="p", prompt=seen, chosen="a\ud800", rejected="b", weight=0.5, source="samples"
    )
    write_pairs([pair], tmp_path / "chat.jsonl")
    (row,) = map(json.loads, (tmp_path / "chat.jsonl").read_text().splitlines())
    assert row["prompt"] == [{"role": "system", "content": "S "}, {"role": "user", "content": "Q"}]
    assert row["chosen"] == [{"role": "assistant", "content": "a\ufffd"}]
    write_pairs([pair], tmp_path / "plain.jsonl", conversational=False)
    (row,) = map(json.loads, (tmp_path / "plain.jsonl").read_text().splitlines())
    assert (row["prompt"], row["rejected"], row["weight"]) == ("S Q", "b", 0.5)
