import random

import numpy as np
import pytest

from superalign.policies.prefix_tree import grow, readable


def sequences(seed, n=30):
    rng = random.Random(seed)
    roots = [[rng.randint(1, 3) for _ in range(rng.randint(1, 6))] for _ in range(3)]
    drawn = [
        [*rng.choice(roots), *(rng.randint(1, 2) for _ in range(rng.randint(0, 7)))]
        for _ in range(n)
    ]
    return [*drawn, list(drawn[0])]


@pytest.mark.parametrize("room", [0, 5, 12, 40, 10**6])
@pytest.mark.parametrize("seed", range(5))
def test_every_path_spells_its_sequence_and_sees_nothing_else(seed, room):
    given = sequences(seed)
    trees = grow(given, room)
    assert sorted(name for t in trees for name in t.paths) == list(range(len(given)))
    for tree in trees:
        width = len(tree.tokens) + 2
        sees = tree.visible(width)
        for name, path in tree.paths.items():
            assert [tree.tokens[i] for i in path] == given[name]
            assert [tree.positions[i] for i in path] == list(range(len(path)))
            assert [tree.parents[i] for i in path] == [path[0], *path[:-1]]
            for place, node in enumerate(path):
                assert set(np.flatnonzero(sees[node])) == set(path[: place + 1])
        assert sees[-2:].sum() == 2
        assert len(tree.tokens) <= max(room, max(len(given[name]) for name in tree.paths))


def test_what_is_shared_stands_once():
    given = [[1, 2, 3, 4], [1, 2, 5], [1, 2, 3, 4], [7], [1, 2]]
    (tree,) = grow(given, 100)
    assert sorted(tree.tokens) == [1, 2, 3, 4, 5, 7]
    assert tree.paths[0] == tree.paths[2]
    apart = grow(given, 0)
    assert [t.tokens for t in apart] == [[1, 2], [1, 2, 3, 4], [1, 2, 5], [7]]


def test_a_full_tree_is_followed_by_one_that_begins_anew():
    trees = grow([[1, 2, 3], [1, 2, 4], [1, 2, 5]], 4)
    assert [t.tokens for t in trees] == [[1, 2, 3, 4], [1, 2, 5]]
    assert grow([], 4) == []
    with pytest.raises(ValueError, match="without tokens"):
        grow([[1], []], 4)


class Fake:
    def __init__(self, **config):
        self.config = type("Config", (), config)

    def forward(self, input_ids, position_ids=None):
        return None


def test_only_models_that_see_everything_before_are_given_trees(policy):
    assert readable(policy.model)
    assert readable(Fake(layer_types=["full_attention"], sliding_window=None))
    assert not readable(Fake(sliding_window=8))
    assert not readable(Fake(layer_types=["full_attention", "linear_attention"]))
    blind = Fake()
    blind.forward = lambda input_ids: None
    assert not readable(blind)
