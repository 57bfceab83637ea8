"""Searches are held against trees worked out by hand."""

import asyncio

import pytest

from superalign.critics.process_reward import ProcessReward
from superalign.policies.step_search import Piece, StepSearch
from superalign.records import Message, seed_of

SEEN = (Message(role="user", text="a3\nb=a+1\nb?\n"),)


class Spelling:
    """Goes on with the letters a, b, c and so on, one a line; `depth` lines are a reply."""

    def __init__(self, depth=3, ends=()):
        self.depth, self.ends, self.asked = depth, ends, []

    async def extend(self, seen, begun, *, n=1, seed=0, to_end=False):
        self.asked.append((begun, n, to_end))
        pieces = []
        for letter in "abcdefgh"[:n]:
            said = begun + letter
            missing = self.depth - said.count("\n") - 1
            if said.replace("\n", "") in self.ends or not missing:
                pieces.append(Piece(letter, "end"))
            else:
                pieces.append(Piece(letter + "\nz" * missing, "end") if to_end
                              else Piece(letter + "\n", "line"))  # fmt: skip
        return pieces


class Liking:
    """Scores a beginning by its letters: each its rank, halved a line further down."""

    def __init__(self, order):
        self.order, self.read = order, []

    async def __call__(self, seen, begun):
        self.read.append(list(begun))
        return [
            sum(self.order.index(c) / 10**i for i, c in enumerate(text.split())) for text in begun
        ]


def found(policy, scorer, **settings):
    search = StepSearch(policy=policy, scorer=scorer, **settings)
    return asyncio.run(search.search(SEEN, seed=0))


def test_beam_search_keeps_the_best_of_all_and_refills():
    policy, scorer = Spelling(), Liking("acbd")
    said = found(policy, scorer, n=4, width=2)
    assert policy.asked == [
        ("", 4, False),
        ("d\n", 2, False), ("b\n", 2, False),
        ("d\nb\n", 2, False), ("d\na\n", 2, False),
    ]  # fmt: skip
    assert [f.text for f in said] == ["d\nb\na", "d\nb\nb", "d\na\na", "d\na\nb"]
    assert said[1].score == pytest.approx(3 + 0.2 + 0.02)
    assert {f.stop for f in said} == {"end"}


def test_trees_do_not_compete():
    policy, scorer = Spelling(depth=2), Liking("abcd")
    said = found(policy, scorer, n=6, width=2, trees=3)
    assert sorted(policy.asked) == [("", 2, False)] * 3 + [("b\n", 2, False)] * 3
    assert [f.text for f in said] == ["b\na", "b\nb"] * 3


def test_each_tree_round_and_beginning_has_its_own_seed():
    seeds = []

    class Seeded(Spelling):
        async def extend(self, seen, begun, *, n=1, seed=0, to_end=False):
            seeds.append(seed)
            return await super().extend(seen, begun, n=n, seed=seed, to_end=to_end)

    found(Seeded(), Liking("abcd"), n=8, width=2, trees=2)
    assert len(set(seeds)) == len(seeds) == 2 * (1 + 2 + 2)
    tree = seed_of(0, "tree", 0)
    assert seed_of(seed_of(tree, 1), 1) in seeds


def test_a_solution_that_ends_early_keeps_its_place_and_its_score():
    policy, scorer = Spelling(ends=("c", "da")), Liking("abcd")
    said = found(policy, scorer, n=4, width=2)
    assert policy.asked == [("", 4, False), ("d\n", 3, False), ("d\nc\n", 2, False)]
    assert [f.text for f in said] == ["c", "d\na", "d\nc\na", "d\nc\nb"]
    assert said[0].score == 2


def test_what_is_left_over_goes_to_the_best_beginning():
    policy = Spelling(ends=("a",))
    assert len(found(policy, Liking("abcdef"), n=6, width=2)) == 6
    assert policy.asked[1:3] == [("f\n", 3, False), ("e\n", 2, False)]
    alone = Spelling(ends=("a",))
    assert [f.text for f in found(alone, Liking("ab"), n=2, width=2)] == ["a", "b\na\na"]
    assert alone.asked == [("", 2, False), ("b\n", 1, False), ("b\na\n", 1, False)]


def test_the_last_round_goes_on_to_the_end():
    policy, scorer = Spelling(depth=5), Liking("zabcd")
    said = found(policy, scorer, n=2, width=2, rounds=2)
    assert policy.asked == [("", 2, False), ("b\n", 2, True)]
    assert [f.text for f in said] == ["b\na\nz\nz\nz", "b\nb\nz\nz\nz"]


def test_equal_beginnings_are_scored_once_and_ties_keep_their_order():
    class Same(Spelling):
        async def extend(self, seen, begun, **settings):
            return [Piece("a" + p.text[1:], p.stop)
                    for p in await super().extend(seen, begun, **settings)]  # fmt: skip

    scorer = Liking("ab")
    said = found(Same(depth=2), scorer, n=4, width=2)
    assert scorer.read == [["a\n"], ["a\na"]]
    assert [f.text for f in said] == ["a\na"] * 4
    flat = found(Spelling(depth=2), Liking("a" * 9), n=1, width=1)
    assert [f.text for f in flat] == ["a\na"]


@pytest.mark.parametrize(
    "settings", [{"n": 6, "width": 4}, {"n": 4, "width": 2, "trees": 4}, {"n": 0, "width": 1}]
)
def test_samples_that_cannot_be_shared_out_are_refused(settings):
    with pytest.raises(ValueError, match=r"share|at least"):
        StepSearch(policy=Spelling(), scorer=Liking("a"), **settings)


def test_a_score_that_is_none_is_refused():
    async def nothing(seen, begun):
        return [float("nan")] * len(begun)

    with pytest.raises(ValueError, match="finite"):
        found(Spelling(), nothing, n=2, width=2)


def test_a_checkpoint_goes_on_to_the_end_of_a_line(policy, monkeypatch):
    whole = asyncio.run(policy.sample(SEEN, n=40, seed=3))
    shapes = []
    forward = policy.model.forward
    monkeypatch.setattr(
        policy.model, "forward",
        lambda *a, **k: (shapes.append(tuple(k["input_ids"].shape)), forward(*a, **k))[1],
    )  # fmt: skip
    pieces = asyncio.run(policy.extend(SEEN, "", n=40, seed=3))
    assert shapes[0] == (1, len(policy.encode(SEEN)))
    lines = [r.text.partition("\n") for r in whole]
    assert [p.text for p in pieces] == [line + end for line, end, _ in lines]
    expected = ["line" if end else r.stop for r, (_, end, _) in zip(whole, lines, strict=True)]
    assert [p.stop for p in pieces] == expected
    assert {"line", "end", "length"} == set(expected)
    said = sum(len(p.text) + (p.stop == "end") for p in pieces)
    assert sum(rows for rows, _ in shapes) < 1.2 * said  # who has stopped leaves the batch


def test_a_checkpoint_goes_on_with_what_was_begun(policy):
    begun = "b=a+1=a3"
    alone = asyncio.run(policy.extend(SEEN, begun, n=2, seed=5))
    together = asyncio.run(policy.extend(SEEN, begun, n=9, seed=5))
    assert together[:2] == alone
    assert len({p.text for p in together}) > 2
    longer = (Message(role="user", text=SEEN[0].text + begun),)
    replies = asyncio.run(policy.sample(longer, n=9, seed=5))
    ends = asyncio.run(policy.extend(SEEN, begun, n=9, seed=5, to_end=True))
    assert [p.text for p in ends] == [r.text for r in replies]
    assert [p.stop for p in ends] == [r.stop for r in replies]
    assert asyncio.run(policy.extend(SEEN, "a" * 9999, n=2)) == [Piece("", "length")] * 2


def test_a_batch_may_hold_lines_and_whole_replies(policy):
    async def both():
        return await asyncio.gather(
            policy.sample(SEEN, n=5, seed=3), policy.extend(SEEN, "", n=5, seed=3),
            policy.sample(SEEN, n=5, seed=4),
        )  # fmt: skip

    whole, pieces, other = asyncio.run(both())
    for replies, seed in ((whole, 3), (other, 4)):
        alone = asyncio.run(policy.sample(SEEN, n=5, seed=seed))
        assert [r.text for r in replies] == [r.text for r in alone]
    assert pieces == asyncio.run(policy.extend(SEEN, "", n=5, seed=3))


def test_a_process_reward_model_leads_a_search(policy):
    critic = ProcessReward(policy.folder, policy)
    search = StepSearch(policy=policy, scorer=critic.score, n=4, width=2, trees=2, rounds=3)
    for text, _, score in asyncio.run(search.search(SEEN, seed=1)):
        assert score == pytest.approx(asyncio.run(critic.score(SEEN, [text]))[0], abs=1e-6)


def test_a_checkpoint_searches(policy):
    async def short(seen, begun):
        return [-float(len(text)) for text in begun]

    search = StepSearch(policy=policy, scorer=short, n=8, width=2, rounds=3)
    one, again = (asyncio.run(search.search(SEEN, seed=1)) for _ in range(2))
    other = asyncio.run(search.search(SEEN, seed=2))
    assert one == again != other
    assert len(one) == 8
    assert all(f.score == -len(f.text) and f.stop != "line" for f in one)
