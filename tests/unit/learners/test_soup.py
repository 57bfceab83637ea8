import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from checkpoints import make_checkpoint
from superalign.errors import BadInput
from superalign.learners.soup import Steadied, soup
from superalign.policies.checkpoints import load_model
from superalign.policies.local import LocalPolicy


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("soup")
    return [make_checkpoint(folder / str(seed), seed=seed) for seed in (1, 2)]


def tensors(folder):
    return load_file(folder / "model.safetensors")


def test_a_soup_is_the_weighted_mean_and_loads(two, tmp_path):
    found = soup([(two[0], 0.3), (two[1], 0.7)], tmp_path / "mixed")
    one, other, mixed = (tensors(f) for f in (*two, found))
    assert one.keys() == mixed.keys()
    for name, tensor in mixed.items():
        assert torch.allclose(tensor, 0.3 * one[name] + 0.7 * other[name], atol=1e-6)
    assert load_model(found).config.hidden_size == 32
    assert (found / "tokenizer.json").read_bytes() == (two[0] / "tokenizer.json").read_bytes()


def test_all_the_weight_on_one_is_that_one(two, tmp_path):
    found = soup([(two[0], 0.0), (two[1], 1.0)], tmp_path / "one")
    assert all(torch.equal(t, tensors(two[1])[n]) for n, t in tensors(found).items())


@pytest.mark.parametrize("weights", [(0.5, 0.6), (), (1.0, -0.1)])
def test_weights_that_do_not_sum_to_one_are_refused(two, tmp_path, weights):
    parts = list(zip(two, weights, strict=False))
    with pytest.raises(BadInput, match="do not sum to 1"):
        soup(parts, tmp_path / "mixed")


def test_other_shapes_are_refused_and_leave_nothing_behind(two, tmp_path):
    wide = make_checkpoint(tmp_path / "wide", seed=1, width=64)
    with pytest.raises(BadInput, match=r"wide.*tensor .* is \(.*\) torch.float32, not \("):
        soup([(two[0], 0.5), (wide, 0.5)], tmp_path / "mixed")
    deep = make_checkpoint(tmp_path / "deep", seed=1, layers=3)
    with pytest.raises(BadInput, match=r"deep.*tensor .*layers\.2.* is in one checkpoint"):
        soup([(two[0], 0.5), (deep, 0.5)], tmp_path / "mixed")
    assert not (tmp_path / "mixed").exists()


def changed(folder, target, change):
    shutil.copytree(folder, target)
    found = tensors(target)
    change(found)
    save_file(found, target / "model.safetensors", metadata={"format": "pt"})
    return target


def test_precisions_mix_and_other_whole_numbers_and_other_files_are_refused(two, tmp_path):
    def halved(found):
        name = sorted(found)[0]
        found[name] = found[name].half()

    half = changed(two[1], tmp_path / "half", halved)
    mixed = tensors(soup([(two[0], 0.5), (half, 0.5)], tmp_path / "precisions"))
    assert {t.dtype for t in mixed.values()} == {t.dtype for t in tensors(two[0]).values()}
    counted = [
        changed(two[0], tmp_path / f"n{n}", lambda x, n=n: x.update(n=torch.tensor([n])))
        for n in (1, 2)
    ]
    with pytest.raises(BadInput, match="whole numbers"):
        soup([(counted[0], 0.5), (counted[1], 0.5)], tmp_path / "mixed")
    same = soup([(counted[0], 0.5), (counted[0], 0.5)], tmp_path / "same")
    assert tensors(same)["n"].tolist() == [1]
    (tmp_path / "none").mkdir()
    with pytest.raises(BadInput, match=r"no \.safetensors"):
        soup([(two[0], 0.5), (tmp_path / "none", 0.5)], tmp_path / "mixed")
    (half / "model.safetensors").rename(half / "other.safetensors")
    with pytest.raises(BadInput, match="not those of"):
        soup([(two[0], 0.5), (half, 0.5)], tmp_path / "mixed")


def test_what_is_no_safetensors_file_is_refused(two, tmp_path):
    shutil.copytree(two[0], tmp_path / "torn")
    (tmp_path / "torn" / "model.safetensors").write_bytes(b"\0" * 40)
    with pytest.raises(BadInput, match="do not load"):
        soup([(two[0], 0.5), (tmp_path / "torn", 0.5)], tmp_path / "mixed")


def test_low_precision_is_summed_in_high(two, tmp_path):
    def lowered(found):
        found.update({k: v.bfloat16() for k, v in found.items()})

    low = [changed(f, tmp_path / str(i), lowered) for i, f in enumerate(two)]
    found = soup([(low[0], 0.5), (low[1], 0.5)], tmp_path / "mixed")
    for name, tensor in tensors(found).items():
        mean = (tensors(low[0])[name].float() + tensors(low[1])[name].float()) / 2
        assert torch.equal(tensor, mean.bfloat16())
    assert json.loads((found / "config.json").read_text())


class Stub:
    """A learner that always makes the same of a policy."""

    steps = 3

    def __init__(self, made):
        self.made = made

    def improve(self, policy, examples, *, seed=0):
        return self.made


def test_what_is_learnt_is_averaged_with_the_learner_but_not_with_the_start(two, tmp_path):
    base = make_checkpoint(tmp_path / "base", seed=3)
    start, first, second = (LocalPolicy(f) for f in (base, *two))
    steadied = Steadied(learner=Stub(first), start=start, folder=tmp_path)
    assert steadied.steps == 3
    assert steadied.improve(start, []) is first
    assert steadied.improve(first, []) is first
    found = Steadied(learner=Stub(second), start=start, folder=tmp_path).improve(first, [])
    for name, tensor in tensors(found.folder).items():
        between = (tensors(two[0])[name] + tensors(two[1])[name]) / 2
        assert torch.allclose(tensor, between, atol=1e-6)
