"""Measures of channels against vectors worked out by hand."""

import pytest


def check_nps(m):
    assert m.nps(5.0, 10.0, 0.0) == 50.0
    assert m.nps(100.0, 193.2, 5.2) == pytest.approx(49.574468)
    assert m.nps(87.66, 25.51, 87.66) == 100.0
    assert m.nps(25.51, 25.51, 87.66) == 0.0
    assert m.nps(3.0, 0.5, 1.5) == 250.0
    assert m.nps(1.0, 2.0, 2.0) is None


def check_best_of(m):
    # On the odd tasks b is best (0.5 against 0.4), on the even ones a (1 against 0).
    a, b = [1.0, 0.4, 1.0, 0.4], [0.0, 0.5, 0.0, 0.5]
    assert m.best_of({"a": a, "b": b}) == [0.0, 0.4, 0.0, 0.4]
    assert m.best_of({"a": [1.0, 1.0], "b": [1.0, 1.0]}) == [1.0, 1.0]
    assert m.best_of({"a": [0.2], "b": [0.9]}) == [0.2]
    assert m.best_of({"one": [0.1, 0.7, 0.3]}) == [0.1, 0.7, 0.3]
    assert m.best_of({"a": []}) == []
    with pytest.raises(ValueError, match=r"length|shape"):
        m.best_of({})
    with pytest.raises(ValueError, match=r"length|shape"):
        m.best_of({"a": [1.0], "b": [1.0, 2.0]})


def check_contrasts(m):
    full, half = [1.0, 0.8, 0.6, 0.8], [0.5, 0.3, 0.1, 0.3]
    cost = m.conflict_cost(full, half, seed=0)
    assert cost["difference"] == pytest.approx(0.5)
    assert (cost["n"], cost["low"], cost["high"]) == (4, pytest.approx(0.5), pytest.approx(0.5))
    more = m.synergy(full, {"image": half, "audio": [0.0] * 4}, seed=0)
    assert more["difference"] == pytest.approx(0.5)
    less = m.less_is_more(half, {"image": full, "audio": [0.0] * 4}, seed=0)
    assert less["difference"] == pytest.approx(0.5)
    none = m.less_is_more([], {"image": []}, seed=0)
    assert (none["difference"], none["n"]) == (None, 0)
    spread = m.conflict_cost([1.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0], seed=0)
    assert spread["low"] < 0.5 < spread["high"]


def check_the_best_of_equals_is_no_gain(m):
    """Two channels that are alike in truth: the highest mean would look like a gain."""
    import numpy as np

    rng = np.random.default_rng(0)
    found = [
        m.less_is_more(x[0], {"a": x[1], "b": x[2]}, seed=0)["difference"]
        for x in rng.random((200, 3, 20))
    ]
    assert abs(np.mean(found)) < 0.02


def check_share(m):
    found = m.share([(1, 2), (0, 0), (3, 4)], seed=0)
    assert (found["rate"], found["n"]) == (4 / 6, 6)
    assert found["interval"] == (0.5, 0.75)
    assert m.share([(0, 2), (2, 2)], seed=0)["rate"] == 0.5
    assert m.share([(0, 0)], seed=0) == {"rate": None, "n": 0, "interval": None}
    assert m.share([], seed=0)["rate"] is None


CHECKS = {
    "superalign.measures.modalities": [
        check_nps,
        check_best_of,
        check_contrasts,
        check_the_best_of_equals_is_no_gain,
        check_share,
    ]
}
