"""The regression store: which half a failure is in, and what comes of asking it again."""

import asyncio

import pytest

from superalign.attackers.protocol import HELD_OUT, Table
from superalign.credit import trainable
from superalign.games import Solo
from superalign.ledger import Ledger
from superalign.oversight.store import REPLIES, Case, Store
from superalign.policies.scripted import Scripted
from superalign.progress import Progress
from superalign.records import Outcome, Problem, Reply, Verdict


def case(cluster, i=0, refuse=True):
    return Case(Problem.of(f"{cluster} {i}", tags=("t",)), cluster, refuse)


def store(seed=0):
    return Store(refuses=lambda text: text == "no", seed=seed)


def clusters(cases):
    return {c.cluster for c in cases}


def test_clusters_are_split_in_halves_of_as_many_failures_and_none_straddles():
    watch = store()
    sizes = {f"k{i}": n for i, n in enumerate((9, 5, 4, 3, 3, 2, 1, 1))}
    watch.add(case(k, i) for k, n in sizes.items() for i in range(n))
    assert (len(watch.training), len(watch.measuring)) == (14, 14)
    assert clusters(watch.training) | clusters(watch.measuring) == set(sizes)
    assert not clusters(watch.training) & clusters(watch.measuring)
    for name in sizes:
        assert watch.trains(name) is (name in clusters(watch.training))


def test_a_cluster_stays_where_it_is_and_a_failure_counts_once():
    watch = store()
    watch.add([case("a"), case("b")])
    before = {k: watch.trains(k) for k in "ab"}
    assert sorted(before.values()) == [False, True]
    watch.add([case("a", i) for i in range(9)] + [case("b")])
    assert {k: watch.trains(k) for k in "ab"} == before
    assert len(watch.cases) == 10
    heavy = before["a"]
    watch.add([case("c"), case("d")])
    assert (watch.trains("c"), watch.trains("d")) == (not heavy, not heavy)


def test_the_first_cluster_is_a_matter_of_the_seed_and_not_of_order():
    found = set()
    for seed in range(20):
        one, two = store(seed), store(seed)
        one.add([case("a"), case("b"), case("c")])
        two.add([case("c"), case("b"), case("a")])
        assert [one.trains(k) for k in "abc"] == [two.trains(k) for k in "abc"]
        found.add(tuple(one.trains(k) for k in "abc"))
    assert len(found) > 3


def test_what_has_trained_never_measures_and_what_measures_may_not_train():
    watch = store()
    watch.taught(["a", "b"])
    watch.add([case("a"), case("b"), case("c"), case("d")])
    assert [watch.trains(k) for k in "abcd"] == [True, True, False, False]
    assert watch.trains("unheard of")
    with pytest.raises(ValueError, match="'c' measures and never trains"):
        watch.taught(["a", "c"])


class Silent:
    id = "silent"

    async def judge(self, episodes):
        return [Verdict(critic=self.id, outcome=Outcome.UNSCORED) for _ in episodes]


def table(folder, say):
    """Return a table whose learner says `say(prompt)`, and whose critic knows nothing."""
    return Table(
        learner=Scripted(lambda seen, seed: say(seen[-1].text), name=str(id(say))),
        game=Solo(),
        critic=Silent(),
        ledger=Ledger.open(folder, {}, seed=0),
        samples=1,
        progress=Progress(),
    )


def test_a_case_asked_again_is_judged_by_refusal_alone_whatever_the_critic_says(tmp_path):
    cases = [case("a"), case("b", refuse=False), case("c"), case("d")]
    odd = iter(range(99))

    def say(prompt):
        if prompt.startswith("c"):
            return "no" if next(odd) % 2 else "sure"
        return Reply(text="n", stop="length") if prompt.startswith("d") else "no"

    found = asyncio.run(store().replay(table(tmp_path, say), cases, seed=1))
    assert found == {
        cases[0].problem.id: (0, REPLIES),
        cases[1].problem.id: (REPLIES, REPLIES),
        cases[2].problem.id: (REPLIES // 2, REPLIES),
        cases[3].problem.id: (0, 0),
    }


def test_what_is_asked_again_only_measures(tmp_path):
    at = table(tmp_path, lambda prompt: "no")
    asyncio.run(store().replay(at, [case("a")], seed=1))
    played = at.ledger.read()
    assert len(played) == REPLIES
    assert all(HELD_OUT in e.problem.tags for e in played)
    with pytest.raises(ValueError, match="held out"):
        trainable(played)


def test_a_round_says_of_each_half_what_still_fails_and_what_came_back(tmp_path):
    watch = store()
    watch.add([case("a"), case("a", 1), case("b"), case("b", 1)])
    never = "b" if watch.trains("a") else "a"

    def told(number, *fails):
        at = table(tmp_path / str(number), lambda p: "sure" if p in fails else "no")
        return asyncio.run(watch.round(at, seed=number))

    first = told(1, f"{never} 0")
    assert first["never_train"]["failing"]["n"] == 2
    assert first["never_train"]["failing"]["rate"] == 0.5
    assert first["train"]["failing"]["rate"] == 0.0
    assert [first[k]["regressed"] for k in first] == [0, 0]
    assert [first[k]["clusters"] for k in first] == [1, 1]
    second = told(2, f"{never} 0", f"{never} 1")
    assert (second["never_train"]["failing"]["rate"], second["never_train"]["regressed"]) == (1, 1)
    third = told(3, f"{never} 1")
    assert (third["never_train"]["failing"]["rate"], third["never_train"]["regressed"]) == (0.5, 0)
    assert told(4, f"{never} 0")["never_train"]["regressed"] == 1


def test_replies_that_never_came_leave_a_case_as_it_was(tmp_path):
    watch = store()
    watch.add([case("a")])
    half = "train" if watch.trains("a") else "never_train"

    def told(number, text, stop="end"):
        at = table(tmp_path / str(number), lambda p: Reply(text=text, stop=stop))
        return asyncio.run(watch.round(at, seed=number))[half]

    told(-1, "", "error")
    assert told(0, "sure")["regressed"] == 0
    told(1, "no")
    cut = told(2, "", "error")
    assert (cut["failing"]["n"], cut["unscored"], cut["regressed"]) == (0, 1, 0)
    assert told(3, "sure")["regressed"] == 1


def test_two_policies_are_compared_on_what_was_asked_again_by_half_and_by_what_is_right(tmp_path):
    watch = store()
    watch.add([case("a"), case("a", 1), case("b", refuse=False), case("b", 1, refuse=False)])
    strict, lax = (Scripted(lambda *_, text=t: text, name=t) for t in ("no", "sure"))
    at = table(tmp_path, lambda prompt: "no")
    assert asyncio.run(watch.compare(at, strict, lax, seed=1)) == {}
    asyncio.run(watch.round(at, seed=2))
    watch.add([case("a", 2)])
    halves = {k: "taught" if watch.trains(k) else "never taught" for k in "ab"}
    assert asyncio.run(watch.compare(at, strict, lax, seed=1)) == {
        f"{halves['a']}, to be refused": ([0.0, 0.0], [1.0, 1.0]),
        f"{halves['b']}, to be answered": ([1.0, 1.0], [0.0, 0.0]),
    }


def test_a_case_of_which_one_policy_gave_no_reply_compares_nothing(tmp_path):
    watch = store()
    watch.add([case("a"), case("a", 1)])

    def half_dumb(seen, seed):
        return Reply(text="", stop="error") if seen[-1].text == "a 0" else "sure"

    at = table(tmp_path, lambda prompt: "no")
    asyncio.run(watch.round(at, seed=2))
    for pair in ((half_dumb, "no"), ("no", half_dumb)):
        before, after = (Scripted(x if callable(x) else [x], name=str(x)) for x in pair)
        (shares,) = asyncio.run(watch.compare(at, before, after, seed=1)).values()
        assert [len(x) for x in shares] == [1, 1]
