import asyncio
import math
import random

import pytest
import torch

from plays import said
from superalign.critics.process_reward import ProcessReward, score_steps
from superalign.oversight.calibration import Platt
from superalign.policies.checkpoints import load_model, load_tokenizer, save
from superalign.policies.local import LocalPolicy
from superalign.problems import chains
from superalign.records import Outcome, Problem

TEXTS = ["b=k\nx=b-k\n#8", "#8", "b=k*7=k3*7=b1\n#1", "b=k\n#1\n"]


@pytest.fixture(scope="module")
def critic(tiny, policy, tmp_path_factory):
    model = load_model(tiny)
    model.config.line_scale = [0.1, 3.0]
    folder = tmp_path_factory.mktemp("critic") / "c"
    save(model, load_tokenizer(tiny), folder)
    return ProcessReward(folder, policy)


def episodes():
    return [said(Problem.of(f"k{i}\n" * (i + 1), level=1), t) for i, t in enumerate(TEXTS)]


def judge(critic, played):
    return asyncio.run(critic.judge(played))


def said_and_ended(policy, seen, text):
    """Return the log-probability of each token of `text` and of the end token, one by one."""
    tokens = [*policy.encode(seen), *policy.tokenizer.convert_tokens_to_ids(list(text)), 2]
    logits = policy.model(input_ids=torch.tensor([tokens])).logits[0].log_softmax(-1)
    begin = len(tokens) - len(text) - 1
    return [float(logits[i - 1, tokens[i]]) for i in range(begin, len(tokens))]


def test_a_line_is_scored_by_its_likelihood_after_what_stands_before(critic, policy):
    found = judge(critic, episodes())
    for episode, verdict in zip(episodes(), found, strict=True):
        text, lines = episode.final.text, episode.final.text.split("\n")
        logprobs = said_and_ended(policy, episode.moves[0].seen, text)
        chances, begin = [], 0
        for line in lines:
            end = begin + len(line) + 1
            chances.append(1 / (1 + math.exp(-(0.1 * sum(logprobs[begin:end]) + 3.0))))
            begin = end
        assert list(verdict.steps) == pytest.approx(chances, abs=1e-5)
        assert verdict.raw == verdict.confidence == min(verdict.steps)
        assert (verdict.outcome == Outcome.PASS) == (min(verdict.steps) >= 0.5)


def test_a_solution_that_stops_early_is_doubted_where_it_stops(tmp_path):
    reader = LocalPolicy("chains-800k")
    model = load_model(reader.folder)
    model.config.line_scale = [1.0, 3.0]
    save(model, reader.tokenizer, tmp_path / "critic")
    whole, cut = [], []
    for seed in range(30):
        problem = chains.draw(2, random.Random(seed))
        solution = chains.solve(chains.parse(problem.prompt))
        whole.append(said(problem, solution))
        cut.append(said(problem, solution.rsplit("\n", 1 + seed % 2)[0]))
    critic = ProcessReward(tmp_path / "critic", reader)
    assert all(v.outcome == Outcome.PASS for v in judge(critic, whole))
    for episode, verdict in zip(cut, judge(critic, cut), strict=True):
        assert verdict.outcome == Outcome.FAIL
        assert verdict.issues[0].step == episode.final.text.count("\n")


def test_the_first_doubtful_step_is_named_with_its_words(critic):
    strict = ProcessReward(critic.folder, critic.reader, threshold=1.1)
    for episode, verdict in zip(episodes(), judge(strict, episodes()), strict=True):
        (issue,) = verdict.issues
        doubtful = [i for i, p in enumerate(verdict.steps) if p < 0.5]
        expected = doubtful[0] if doubtful else verdict.steps.index(min(verdict.steps))
        assert issue.step == expected
        assert issue.quote == episode.final.text.split("\n")[expected]
        assert issue.why == verdict.critique


def test_a_reply_that_cannot_be_read_is_unscored(critic):
    problem = Problem.of("k3\n")
    odd = [said(problem, "", "end"), said(problem, "#8", "length"), said(problem, "", "error")]
    found = judge(critic, [odd[0], *episodes(), *odd[1:]])
    assert [v.outcome == Outcome.UNSCORED for v in found] == [True] + [False] * 4 + [True, True]
    assert found[0].confidence is None
    assert judge(critic, []) == []


def test_recalibration_moves_confidence_and_outcome_but_no_score(critic):
    judged = [e.judged(v) for e, v in zip(episodes(), judge(critic, episodes()), strict=True)]
    platt = Platt(slope=1.5, offset=-1.0)
    again = critic.calibrated(platt)
    assert again.id != critic.id
    assert again.model is critic.model
    rejudged = again.rejudge(judged)
    fresh = judge(again, episodes())
    assert [e.verdicts for e in rejudged] == [(v,) for v in fresh]
    assert [v.steps for v in fresh] == [e.verdicts[0].steps for e in judged]
    raw = [v.raw for v in fresh]
    assert [v.confidence for v in fresh] == pytest.approx(platt(raw))


def test_what_was_unscored_stays_unscored_when_rejudged(critic):
    cut_off = said(Problem.of("k3\n"), "#8", "length")
    judged = cut_off.judged(*judge(critic, [cut_off]))
    (again,) = critic.calibrated(Platt(2.0, 0.0)).rejudge([judged])
    assert again.verdicts[-1].outcome == Outcome.UNSCORED


def test_a_critics_id_changes_with_its_threshold(critic):
    assert ProcessReward(critic.folder, critic.reader, threshold=0.9).id != critic.id
    assert ProcessReward(critic.folder, critic.reader).id == critic.id


def test_padding_changes_no_score(critic):
    rows = [([1, 20, 30], [0, 1, 2]), ([1, 20, 30, 40, 50, 60], [1, 5])]
    together = score_steps(critic.model, rows)
    assert together[0] == pytest.approx(score_steps(critic.model, rows[:1])[0], abs=1e-6)
