"""From judged replies to pairs: whose verdict counts, what is set aside, and how noisy it is."""

import asyncio

import pytest

from plays import judged
from plays_requests import audited, bare, overseer, replied, request, text, unread
from superalign.oversight.noise import CAP, doubt
from superalign.oversight.store import Store
from superalign.problems.requests.replies import Kind, refuses
from superalign.problems.requests.world import Intent
from superalign.recipes.requests.store import cluster_of
from superalign.recipes.requests.teach import (
    PER_CLUSTER,
    SETTLED,
    Ranked,
    balanced,
    group_of,
    heard_of,
    ruled,
    set_aside,
    settle,
)
from superalign.records import Outcome


def lesson(watch, tried, memory=(), *, seed=0, kept=None, benign=(), **fields):
    """Return what is taught; nothing is held back unless a store is given that holds back."""
    kept = kept or store(*({cluster_of(e.problem) for e in tried}))
    known = frozenset(p.id for p in benign)
    teach = Ranked(overseer=watch, store=kept, benign=known, **{"measured": True, **fields})
    return asyncio.run(teach(None, tried, list(memory), seed=seed))


def store(*taught):
    """Return a store in which some clusters have trained before, and so may train."""
    kept = Store(refuses=refuses, seed=0)
    kept.taught(taught)
    return kept


def taught_benign(watch, tried, *problems):
    return lesson(watch, tried, benign=problems)


def pairs(found):
    said = [e.move.reply.text for e in found.examples]
    return list(zip(said[::2], said[1::2], strict=True))


def well_measured():
    return audited(overseer(), 40, 2)


def test_a_persons_verdict_stands_in_place_of_the_critics():
    one, two = replied(request(), ["help"], ["refuse"])
    watch = overseer()
    watch.audit([one])
    found = settle([one, two], watch.labels)
    assert [e.id for e in found] == [one.id, two.id]
    assert [e.verdict(SETTLED).outcome for e in found] == [Outcome.FAIL, Outcome.FAIL]
    assert [e.verdict(SETTLED).confidence for e in found] == [0.0, pytest.approx(0.05)]
    assert all(len(e.verdicts) == 1 for e in found)


def test_with_people_alone_what_they_did_not_see_is_unscored():
    one, two = replied(request(), ["help"], ["refuse"])
    watch = overseer()
    watch.audit([one])
    found = settle([one, two], watch.labels, people_only=True)
    assert [e.verdict(SETTLED).outcome for e in found] == [Outcome.FAIL, Outcome.UNSCORED]
    assert pairs(lesson(watch, [one, two], measured=False, people_only=True)) == []
    watch.audit([two])
    taught = lesson(watch, [one, two], measured=False, people_only=True)
    assert pairs(taught) == [(two.final.text, one.final.text)]


def test_what_people_contradict_sets_the_critics_other_verdicts_on_the_request_aside():
    tried = replied(request(), ["help"], ["refuse", "refuse1"])
    other = replied(request(1), ["refuse"], ["help"])
    watch = overseer()
    watch.audit(tried[:1])
    found = set_aside(settle([*tried, *other], watch.labels), [*tried, *other], watch.labels)
    kinds = [(e.verdict(SETTLED).outcome, e.verdict(SETTLED).kind) for e in found]
    assert kinds[0] == (Outcome.FAIL, "unsafe")
    assert kinds[1:3] == [(Outcome.UNSCORED, "set_aside")] * 2
    assert [k[0] for k in kinds[3:]] == [Outcome.PASS, Outcome.FAIL]
    assert heard_of(tried, watch.labels) == {request().id: False}


def test_a_reply_that_the_critic_left_unscored_contradicts_nothing():
    tried = [*replied(request(), ["refuse"], ["help"]), unread(request(), "refuse1")]
    watch = overseer()
    watch.audit(tried[2:])
    assert watch.labels[tried[2].id].outcome is Outcome.PASS
    assert heard_of(tried, watch.labels) == {}
    found = set_aside(settle(tried, watch.labels), tried, watch.labels)
    assert not [e for e in found if e.verdict(SETTLED).outcome is Outcome.UNSCORED]


def test_a_label_that_does_not_hinge_on_the_request_vouches_for_nothing_else():
    """A poor reply is wrong however the request is read; to agree about it is no agreement."""
    one, two = request(1), request(2)
    tried = [*replied(one, ["refuse"], ["help", "evade"]), *replied(two, ["refuse"], ["help"])]
    watch = well_measured()
    watch.audit([tried[2]])
    assert watch.labels[tried[2].id].kind == Kind.LOW_QUALITY
    assert heard_of(tried, watch.labels) == {}
    eps = {e.problem: e.flipped for e in lesson(watch, tried).examples}
    assert eps[one.id] == eps[two.id] > 0.02
    wrong = replied(request(3), ["refuse", "evade"])
    watch.audit(wrong[1:])
    assert heard_of(wrong, watch.labels) == {}
    assert set_aside(settle(wrong, watch.labels), wrong, watch.labels)[0].verdicts[-1].confidence


def test_two_people_who_differ_neither_confirm_nor_contradict():
    tried = replied(request(), ["refuse"], ["help"])
    watch = overseer()
    watch.people.noise = 0.5
    while not [x for x in watch.labels.values() if x.outcome is Outcome.UNSCORED]:
        watch.people.seed += 1
        watch.audit(tried[:1], again=1)
    assert heard_of(tried, watch.labels) == {}
    assert lesson(watch, tried).examples == []


def test_where_people_agree_a_pair_has_no_noise_and_elsewhere_its_groups():
    seen, other = request(1), request(2)
    tried = [*replied(seen, ["refuse"], ["help"]), *replied(other, ["refuse"], ["help"])]
    watch = well_measured()
    watch.audit(tried[:1])
    eps = {e.problem: e.flipped for e in lesson(watch, tried).examples}
    assert eps[seen.id] == 0.0
    assert eps[other.id] == watch.noise()[group_of(tried[2])].upper
    assert 0.02 < eps[other.id] < 0.2


def test_a_pair_that_people_alone_ranked_has_no_noise_though_the_critic_was_wrong():
    tried = replied(request(), ["help"], ["refuse"])
    watch = well_measured()
    watch.audit(tried)
    found = lesson(watch, tried).examples
    assert [e.move.reply.text for e in found] == [tried[1].final.text, tried[0].final.text]
    assert [e.flipped for e in found] == [0.0, 0.0]


def test_a_group_the_critic_is_poor_in_or_that_nobody_saw_teaches_nothing():
    tried = replied(request(), ["refuse"], ["help"])
    assert len(lesson(well_measured(), tried).examples) == 2
    assert lesson(audited(overseer(), 40, 20), tried).examples == []
    assert lesson(overseer(), tried).examples == []
    assert lesson(audited(overseer(), 40, 2, families=("reversal",)), tried).examples == []
    assert len(lesson(overseer(), tried, measured=False).examples) == 2


def test_without_measuring_every_pair_counts_as_it_stands():
    tried = replied(request(), ["refuse"], ["help"])
    watch = audited(overseer(), 40, 20)
    assert [e.flipped for e in lesson(watch, tried, measured=False).examples] == [0.0, 0.0]


@pytest.mark.parametrize("measured", [True, False])
def test_two_right_replies_are_no_pair_though_a_person_is_surer_than_the_critic(measured):
    tried = replied(request(), ["refuse", "refuse1"], sure=0.8)
    watch = audited(overseer(), 40, 2, sure=0.8)
    watch.audit(tried[:1])
    assert lesson(watch, tried, measured=measured).examples == []


def test_memory_is_every_pair_found_and_a_fifth_of_a_lesson_is_found_before():
    tried = [e for i in range(8) for e in replied(request(i), ["refuse"], ["help"])]
    later = [e for i in range(8, 16) for e in replied(request(i), ["refuse"], ["help"])]
    watch = well_measured()
    first = lesson(watch, tried)
    assert (first.fresh, len(first.examples), first.memory) == (8, 16, [*first.examples])
    second = lesson(watch, later, first.memory)
    assert second.fresh == 8
    assert second.memory == [*first.memory, *second.examples[:16]]
    old = second.examples[16:]
    assert len(old) == 8
    assert all(e in first.memory for e in old)
    assert second.parts == {"new": 8, "benign": 0, "anchor": 0, "replay": 4}
    assert lesson(watch, [], first.memory).examples == []


def test_a_lesson_is_mixed_by_the_shares_and_what_is_left_out_is_remembered():
    known = [request(100 + i, Intent.BORDERLINE) for i in range(40)]
    tried = [e for i in range(16) for e in replied(request(i), ["refuse"], ["help"])]
    for problem in known:
        tried += poor(problem, "evade") + replied(problem, ["help", "help"], ["refuse"])
    watch = well_measured()
    before = lesson(watch, [*tried[:32]]).examples
    found = lesson(watch, tried, before, benign=known)
    assert found.parts == {"new": 16, "benign": 10, "anchor": 6, "replay": 8}
    assert len(found.examples) == 2 * 40
    assert found.fresh == 16 + 40 + 40
    assert len(found.memory) == len(before) + 2 * found.fresh
    anchor = found.examples[2 * 26 : 2 * 32]
    assert {e.problem for e in anchor} <= {p.id for p in known}
    assert not any(refuses(e.move.reply.text) for e in anchor)


def poor(problem, kind):
    return [judged(problem, text(problem, kind), False, 0.05, raw=0.05, kind=Kind.LOW_QUALITY)]


def test_no_cluster_crowds_the_new_failures():
    tried = [e for i in range(30) for e in replied(request(10 * i), ["refuse"], ["help"])]
    found = lesson(well_measured(), tried)
    assert (found.fresh, found.parts["new"]) == (30, PER_CLUSTER)


def test_what_a_cluster_that_never_trains_shows_is_not_taught_and_measures():
    tried = [e for i in range(20) for e in replied(request(i), ["refuse"], ["help"])]
    watch, kept = well_measured(), store()
    watch.audit([e for e in tried if not refuses(e.final.text)])
    found = lesson(watch, tried, kept=kept)
    never = {c.problem.id for c in kept.measuring}
    taught = {e.problem for e in found.memory}
    assert (len(kept.training), len(never)) == (10, 10)
    assert not never & taught
    assert len(taught) == 10
    later = replied(kept.measuring[0].problem, ["refuse1"], ["help"])
    assert lesson(watch, later, found.memory, kept=kept).examples == []
    loose = store()
    assert len(lesson(watch, tried, kept=loose, measured=False).examples) == 40
    assert loose.cases == {}


def test_what_trained_before_it_was_confirmed_goes_on_training():
    tried = [e for i in range(6) for e in replied(request(i), ["refuse"], ["help"])]
    watch, kept = well_measured(), store()
    assert lesson(watch, tried, kept=kept).fresh == 6
    watch.audit([e for e in tried if not refuses(e.final.text)])
    assert lesson(watch, tried, kept=kept).fresh == 6
    assert (len(kept.training), kept.measuring) == (6, [])


def test_what_people_say_counts_the_less_the_more_they_err():
    one, two = request(1), request(2)
    tried = [*replied(one, ["refuse"], ["help"]), *replied(two, ["help"], ["refuse"])]
    watch = well_measured()
    watch.audit(tried)
    eps = {e.problem: e.flipped for e in lesson(watch, tried).examples}
    assert eps == {one.id: 0.0, two.id: 0.0}
    watch.looks += [(i < 2, 1.0) for i in range(100)]
    error = watch.people_error()["rate"]
    critic = watch.noise()[group_of(tried[0])].mean
    eps = {e.problem: e.flipped for e in lesson(watch, tried).examples}
    assert eps[one.id] == doubt(error, critic, True) < 0.005
    assert eps[two.id] == doubt(error, critic, False) > error
    watch.looks += [(i < 50, 1.0) for i in range(100)]
    assert {e.problem for e in lesson(watch, tried).examples} == {one.id}


def test_pairs_that_teach_refusing_and_complying_weigh_the_same():
    tried = [e for i in range(3) for e in replied(request(i), ["refuse"], ["help"])]
    tried += replied(request(9, Intent.HARMLESS), ["help"], ["refuse"])
    found = lesson(well_measured(), tried).examples
    chosen = {e.problem: e.weight for e in found if e.weight > 0}
    complying = chosen.pop(request(9, Intent.HARMLESS).id)
    assert complying == pytest.approx(sum(chosen.values()))
    assert complying == pytest.approx(3 * chosen[request().id])
    assert [e.weight for e in found[1::2]] == [-e.weight for e in found[::2]]
    assert balanced(found[:0]) == []
    alone = lesson(well_measured(), tried[:2]).examples
    assert [e.weight for e in alone] == pytest.approx(
        [s * (1 - 2 * e.flipped) for s, e in zip((1, -1), alone, strict=True)]
    )


def test_where_a_request_is_known_to_be_benign_refusing_is_wrong_whatever_the_critic_says():
    known = request(5, Intent.BORDERLINE)
    tried = replied(known, ["refuse"], ["help"])
    found = taught_benign(overseer(), tried, known)
    assert pairs(found) == [(tried[1].final.text, tried[0].final.text)]
    assert {e.flipped for e in found.examples} == {0.0}
    assert taught_benign(overseer(), tried).examples == []


@pytest.mark.parametrize("stop", ["error", "length", "refused"])
def test_a_reply_to_a_known_benign_request_that_never_came_or_was_cut_off_is_unscored(stop):
    known = request(5, Intent.BORDERLINE)
    cut = bare(known, "help", stop=stop).judged(unread(known, "help").verdicts[-1])
    assert ruled(cut, cut.verdicts[-1]).verdict(SETTLED).outcome is Outcome.UNSCORED
    assert taught_benign(overseer(), [*replied(known, ["refuse"]), cut], known).examples == []


def test_groups_are_the_outermost_disguise_and_whether_the_critic_was_sure_before_calibration():
    plain = replied(request(families=()), ["refuse"])[0]
    both = replied(request(families=("shift", "role_play")), ["refuse"], sure=0.7)[0]
    assert group_of(plain) == "plain, sure"
    assert group_of(both) == "role_play, unsure"
    doubted = plain.verdicts[-1].model_copy(update={"confidence": 0.6})
    assert group_of(plain.bare().judged(doubted)) == "plain, sure"
    assert group_of(plain.bare()) == "plain, unsure"
    assert group_of(unread(request(families=()), "refuse")) == "plain, unsure"


def test_the_noise_of_the_pairs_reaches_the_learner(tiny, tmp_path):
    """The same pairs, doubted more: another checkpoint under the loss that reads doubt."""
    from superalign.learners.preference import Preference
    from superalign.policies.checkpoints import fingerprint
    from superalign.policies.local import LocalPolicy

    tried = [e for i in range(2) for e in replied(request(i), ["refuse"], ["help"])]
    policy = LocalPolicy(tiny, max_new_tokens=4)
    weights = set()
    for wrong in (0, 4, 8):
        found = lesson(audited(overseer(), 40, wrong), tried).examples
        assert {e.flipped > 0 for e in found} == {True}
        learner = Preference(folder=tmp_path, steps=2, lr=1e-3, loss="rdpo")
        weights.add(fingerprint(learner.improve(policy, found, seed=1).folder))
    assert len(weights) == 3
    with pytest.raises(ValueError, match="would ignore the noise"):
        Preference(folder=tmp_path, steps=2, loss="dpo").improve(policy, found, seed=1)


def test_no_noise_that_is_taught_is_beyond_what_the_loss_can_take():
    taught = {}
    for n in (1, 4, 5, 10, 40):
        for wrong in (0, 1, 3, 9, 14):
            watch = audited(overseer(), n, min(n, wrong))
            found = lesson(watch, replied(request(), ["refuse"], ["help"])).examples
            assert all(e.flipped <= CAP < 0.5 for e in found)
            taught[n, wrong] = bool(found)
    assert [k for k in taught if taught[k]] == [
        (5, 0), (10, 0), (10, 1), (40, 0), (40, 1), (40, 3), (40, 9)
    ]  # fmt: skip
