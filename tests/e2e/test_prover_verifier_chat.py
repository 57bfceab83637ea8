"""The study prover-verifier with models behind a real endpoint in its seats, and with a solver."""

from __future__ import annotations

import json
import re
from random import Random

import pytest

from endpoints import completion, endpoint
from superalign.cli import main
from superalign.games.prover_verifier import BRIEFS
from superalign.games.translated import TRANSLATES
from superalign.learners.process_reward import ProcessRewardTraining
from superalign.learners.reinforce import Reinforce
from superalign.learners.verifier import VerifierTraining
from superalign.problems import chains
from superalign.problems.slips import slipped

pytestmark = pytest.mark.slow

SMALL = [
    *("problems=8", "drawn=4", "questions=4", "samples=2", "iterations=2", "test=2", "tested=2"),
    *("best_of=[2]", "asks=2", "examples=4", "rounds=1"),
]
SEATS = ("prover", "verifier", "reader")
LEARNERS = {
    "prover": (Reinforce, "improve"),
    "verifier": (VerifierTraining, "train"),
    "reader": (ProcessRewardTraining, "train"),
}


def words(out, url, seats=(), *more):
    changes = [*SMALL, *(f"{seat}=openai/{seat}" for seat in seats), f"base_url={url}", *more]
    command = ["study", "prover-verifier", "--preset", "smoke", "--json", "--workers", "1"]
    return [*command, "--out", str(out), *(w for c in changes for w in ("--set", c))]


def run(*given):
    assert main(words(*given)) == 0
    return json.loads((given[0] / "summary.json").read_text())


def block(text, name):
    """Return what stands last between the markers of a name in a prompt."""
    found = re.findall(rf"^<{name} (\w+)>\n(.*?)\n</{name} \1>$", text, re.DOTALL | re.MULTILINE)
    return found[-1][1]


def solves(told, text, seed):
    """Return a solution: a sneaky one slips, a helpful one does so one time in four."""
    rng = Random(seed)
    chain = chains.parse(block(text, "task") if "<task" in text else text)
    right = chains.solve(chain)
    wrong = slipped(chain, rng) or right
    if BRIEFS["sneaky"] in told or TRANSLATES["sneaky"] in told:
        return wrong
    return wrong if rng.random() < 0.25 else right


def judges(text, seed):
    """Return the truth about what is shown of a solution, or, now and then, nothing readable."""
    if seed % 5 == 0:
        return "I would rather not say."
    right = chains.solve(chains.parse(block(text, "task")))
    return json.dumps({"why": "I read it", "right": right.startswith(block(text, "solution"))})


def plays(asked, i):
    told, text = (asked["messages"][place]["content"] for place in (0, -1))
    if asked["model"] == "prover":
        return completion(solves(told, text, asked["seed"]))
    return completion(judges(text, asked["seed"]))


def said_to(requests, seat):
    return [" ".join(m["content"] for m in r["messages"]) for r in requests if r["model"] == seat]


def refuse(monkeypatch, seats):
    def refused(*_args, **_kwargs):
        raise AssertionError("what is behind an endpoint is not trained")

    for seat in seats:
        monkeypatch.setattr(*LEARNERS[seat], refused)


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """Return a run of two rounds with a model in every seat: words, folder, summary, requests."""
    out = tmp_path_factory.mktemp("calm") / "run"
    with endpoint(plays) as (url, requests):
        given = url, SEATS, "rounds=2"
        with pytest.MonkeyPatch.context() as patch:
            refuse(patch, SEATS)
            found = run(out, *given)
        yield given, out, found, requests[:], requests


def test_the_same_command_goes_on_and_asks_nothing_again(calm):
    given, out, found, _, requests = calm
    asked = len(requests)
    (out / "summary.json").unlink()
    assert {**run(out, *given), "seconds": 0} == {**found, "seconds": 0}
    assert len(requests) == asked


@pytest.mark.parametrize("seat", SEATS)
def test_a_model_behind_an_endpoint_plays_in_context(seat, tmp_path, monkeypatch):
    refuse(monkeypatch, (seat,))
    out = tmp_path / "run"
    more = () if seat == "prover" else ("test=4", "tested=8")
    with endpoint(plays) as (url, requests):
        found = run(out, url, (seat,), *more)
    seen(found, (seat,), out, requests)


def test_models_behind_an_endpoint_play_in_every_seat(calm):
    _, out, found, requests, _ = calm
    seen(found, SEATS, out, requests)


def seen(found, seats, out, requests):
    """Check that what seats were asked and what the study found of them is all there."""
    assert {r["model"] for r in requests} == set(seats)
    assert found["untrained"] == list(seats)
    one = f"Not trained, but playing in context: {seats[0]}."
    assert ("Nothing was trained" if seats == SEATS else one) in found["sentence"]
    assert found["sentence"] in (out / "report.html").read_text()
    last = found["rounds"][-1]
    verdicts = last["robustness"]["verdicts"]
    assert verdicts["solutions"] > 0
    assert {"best_of", "attacks", "fooled_by_round", "verdicts"} == set(last["robustness"])
    assert found["unit"] == ("iterations" if "prover" in seats else "updates")
    assert found["claims"]["attacks_take_longer"]["unit"] == found["unit"]
    if "prover" in seats:
        told = said_to(requests, "prover")
        assert any("These earned most so far" in t for t in told)
        assert found["updates"] == 1
        assert last["sneaky_accuracy"]["rate"] == 0
        assert len(last["iterations"][0]) <= 2
    if "verifier" in seats:
        told = said_to(requests, "verifier")
        assert all(("This one is right." in t) == ("This one is wrong." in t) for t in told)
        assert any("This one is right." in t for t in told)
        assert not any(b in t for t in told for b in (BRIEFS["sneaky"], BRIEFS["helpful"]))
        assert verdicts["asks"] == 2 * verdicts["solutions"]
        assert 0 < verdicts["unreadable"] < verdicts["asks"]
        assert last["robustness"]["best_of"]["natural"]["2"]["rate"] == 1
    else:
        assert (verdicts["asks"], verdicts["unscored"]) == (0, 0)
    if "reader" in seats:
        assert all(len(block(t, "solution")) <= 32 for t in said_to(requests, "reader"))


def babbles(asked, i):
    if asked["model"] != "prover":
        return completion("It is right, I am sure: true.")
    if asked["seed"] % 6 == 0:
        return 400, "application/json", json.dumps({"error": {"message": "not this one"}})
    return plays(asked, i)


def test_what_cannot_be_read_or_never_came_is_counted_and_is_no_answer(tmp_path):
    with endpoint(babbles) as (url, _):
        found = run(tmp_path / "run", url, SEATS)
    for r in found["rounds"]:
        verdicts = r["robustness"]["verdicts"]
        assert verdicts["unscored"] == verdicts["solutions"] > 0
        assert verdicts["unreadable"] == verdicts["asks"] > 0
        assert r["robustness"]["best_of"]["natural"]["2"] == {
            **dict.fromkeys(("rate", "low", "high")), "n": 0,
        }  # fmt: skip
        assert r["legibility"]["sneaky"]["rate"] is None
        roles = [i["roles"][role] for i in r["iterations"][0] for role in ("helpful", "sneaky")]
        assert all(role["unscored"] == role["came"] for role in roles)
        assert sum(role["missing"] for role in roles) > 0
    read = [r["legibility"]["sneaky"] for r in (found["start"], *found["rounds"])]
    assert sum(x["unreadable"] for x in read) > 0
    solved = [r[f"{role}_accuracy"] for r in found["rounds"] for role in ("helpful", "sneaky")]
    assert sum(s["missing"] for s in solved) > 0
    assert found["claims"]["verifier_ranks_natural_errors_better"]["verdict"] == "not shown"
    assert "could not be read" in (tmp_path / "run" / "report.html").read_text()


def test_an_endpoint_that_errs_stops_the_study_with_one_line(tmp_path, capsys):
    down = (404, "application/json", json.dumps({"error": {"message": "no such model"}}))
    with endpoint(lambda asked, i: down if asked["model"] == "verifier" else plays(asked, i)) as (
        url,
        _,
    ):
        assert main(words(tmp_path / "run", url, ("prover", "verifier"))) != 0
    *_, line = capsys.readouterr().err.strip().splitlines()
    assert "openai/verifier: no usable answer" in line
    assert not (tmp_path / "run" / "summary.json").exists()


def without(found):
    return {k: v for k, v in found.items() if k not in ("seconds", "provenance")}


def test_a_study_that_was_killed_goes_on_and_pays_for_nothing_twice(calm, tmp_path, forks):
    given, _, found, alone, requests = calm
    before = len(requests)
    process = forks.start(words(tmp_path / "killed", *given))
    for after in (40, 250):
        while len(requests) - before < after:
            assert forks.ended(0.02) is None, forks.log.read_text()
        assert forks.kill(process) == -9
        process = forks.start(words(tmp_path / "killed", *given))
    assert forks.ended(300) == 0, forks.log.read_text()
    resumed = len(requests) - before
    assert resumed <= len(alone) + 2 * 8 + 8, "what was answered before is asked for again"
    killed = json.loads((tmp_path / "killed" / "summary.json").read_text())
    assert without(killed) == without(found)


def test_a_solver_is_trained_first_and_translators_are_held_to_its_answer(tmp_path):
    found = run(tmp_path / "run", "http://unused", (), "variant=decoupled")
    assert 0 <= found["solver"]["answer"] <= 1
    assert found["solver"]["n"] == 2
    for r in (found["start"], *found["rounds"]):
        assert {*r["faithfulness"]} == {"helpful", "sneaky"}
        assert r["faithfulness"]["helpful"]["n"] == 4
    seen = found["rounds"][0]["iterations"][0]
    assert all(set(i["lately"]) == {"helpful", "sneaky"} for i in seen)
    assert "solver, what is translated" in (tmp_path / "run" / "report.html").read_text()


def test_chat_models_translate_and_verifiers_never_see_the_solver(tmp_path):
    with endpoint(plays) as (url, requests):
        found = run(tmp_path / "run", url, SEATS, "variant=decoupled")
    assert found["start"]["faithfulness"]["helpful"]["n"] > 0
    assert all("lately" in i for r in found["rounds"] for i in r["iterations"][0])
    told = said_to(requests, "prover")
    assert any(TRANSLATES["helpful"] in t for t in told)
    judged = [r["messages"] for r in requests if r["model"] == "verifier"]
    assert all(m[1]["content"].count("<solution") == 1 for m in judged)
    hidden = (*BRIEFS.values(), *TRANSLATES.values())
    assert not any(h in m["content"] for asked in judged for m in asked for h in hidden)
    assert found["untrained"] == list(SEATS)


TEMPLATE = (
    "{% for m in messages %}{{ m.content[:12] if m.role == 'system' else m.content }}{% endfor %}"
)
"""Of a brief an organism reads the first letters, which tell the roles apart."""


def test_a_checkpoint_that_chats_is_trained_and_told_its_role_in_words(tmp_path, monkeypatch):
    from superalign.policies.checkpoints import load_model, load_tokenizer, locate, save

    tokenizer, briefs = load_tokenizer(locate("chains-50k")), set()
    tokenizer.chat_template = TEMPLATE
    save(load_model(locate("chains-50k")), tokenizer, tmp_path / "chat")
    improve = Reinforce.improve

    def noted(self, policy, examples, **settings):
        briefs.update(e.move.seen[0].text for e in examples)
        return improve(self, policy, examples, **settings)

    monkeypatch.setattr(Reinforce, "improve", noted)
    found = run(tmp_path / "run", "http://unused", (), f"prover={tmp_path / 'chat'}")
    assert found["untrained"] == []
    assert briefs
    assert all(b.startswith(tuple(BRIEFS.values())) for b in briefs)
    assert sum(r["pools"][0]["problems"] for r in found["rounds"]) > 0
