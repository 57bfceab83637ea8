import numpy as np
import pytest

from bodies import language_model
from superalign.errors import BadInput
from superalign.policies.features import body
from superalign.policies.features.surprise import KEPT, MOST, Surprise, own_from, surprises


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return language_model(tmp_path_factory.mktemp("gpt") / "gpt")


TEXTS = ["abc", "a b c d e f", "zz!zz!", "q"]


def test_surprise_is_minus_log_chance_of_each_token_whatever_stands_beside_it(folder):
    import torch

    found = Surprise(str(folder))
    rows = found.source.tokens(TEXTS)
    for row, said in zip(rows, surprises(found.model, rows), strict=True):
        with torch.inference_mode():
            logs = found.model(torch.tensor([row])).logits[0].log_softmax(-1)
        expected = [-float(logs[i, token]) for i, token in enumerate(row[1:])]
        assert said == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("surprise", "start"),
    [
        ([9, 9, 9, 0, 0, 0, 0], 3),
        ([9, 9, 0, 0, 0, 3, 0, 0], 2),
        ([9, 9, 0, 0, 50, 0, 0], 5),
        ([0.1] * 30 + [50.0] + [0.1] * 30, 0),
        ([0, 0, 0], 0),
        ([5, 5, 5], 2),
        ([], 0),
    ],
)
def test_the_end_is_read_that_the_model_could_have_written(surprise, start):
    assert own_from(np.array(surprise, dtype=float)) == start


def test_a_vector_tells_the_largest_surprises_then_mean_and_sum(folder):
    found = Surprise(str(folder))
    said = surprises(found.model, found.source.tokens(TEXTS[1:2]))[0]
    own = np.minimum(said[own_from(said) :], MOST)
    vector = found.features(TEXTS)[1]
    assert vector.shape == (found.width,) == (KEPT + 2,)
    assert vector[: len(own)] == pytest.approx(sorted(own, reverse=True), abs=1e-5)
    assert vector[KEPT:] == pytest.approx([own.mean(), own.sum()], abs=1e-5)
    assert not vector[len(own) : KEPT].any()
    assert np.isfinite(found.features(TEXTS)).all()


def test_it_is_had_by_name_and_has_no_layers(folder):
    named = body(f"surprise-{folder}")
    assert isinstance(named, Surprise)
    assert named.id == Surprise(str(folder)).id != body(str(folder)).id
    assert named.parameters == named.source.parameters
    with pytest.raises(BadInput, match="has no layers"):
        body(f"surprise-{folder}", layer=1)
