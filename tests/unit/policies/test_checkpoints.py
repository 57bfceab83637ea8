import asyncio
import json
import shutil

import pytest
import torch

from superalign.errors import BadInput
from superalign.policies import checkpoints
from superalign.policies.checkpoints import fingerprint, load_model, load_tokenizer, locate, save
from superalign.policies.local import LocalPolicy
from superalign.records import Message


@pytest.fixture
def copy(tiny, tmp_path):
    return shutil.copytree(tiny, tmp_path / "copy")


def test_the_fingerprint_changes_with_one_weight_and_with_the_configuration(copy, tmp_path):
    before = fingerprint(copy)
    model = load_model(copy)
    save(model, load_tokenizer(copy), tmp_path / "same")
    assert fingerprint(tmp_path / "same") == before
    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight[0, 0] += 1e-3
    save(model, load_tokenizer(copy), tmp_path / "other")
    assert fingerprint(tmp_path / "other") != before
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**config, "rms_norm_eps": 1e-3}))
    assert fingerprint(copy) != before


def test_of_large_files_head_tail_and_size_count(copy, monkeypatch):
    monkeypatch.setattr(checkpoints, "WHOLE_BELOW", 100)
    monkeypatch.setattr(checkpoints, "_EDGE", 50)
    weights = copy / "model.safetensors"
    content, found = weights.read_bytes(), {fingerprint(copy)}
    for changed in (b"x" + content[1:], content[:-1] + b"x", content + b"x"):
        weights.write_bytes(changed)
        found.add(fingerprint(copy))
    assert len(found) == 4


def test_weights_survive_the_way_to_disk_and_open_in_transformers(tiny, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model, tokenizer = load_model(tiny), load_tokenizer(tiny)
    assert not model.training
    save(model, tokenizer, tmp_path / "again", {"seed": 1})
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path / "again")
    ids = AutoTokenizer.from_pretrained(tmp_path / "again")("a3\n", return_tensors="pt")
    assert torch.equal(theirs(**ids).logits, model(**ids).logits)
    assert json.loads((tmp_path / "again" / "card.json").read_text()) == {"seed": 1}


@pytest.mark.parametrize(
    ("remove", "line"),
    [
        ("config.json", "config.json is missing"),
        ("model.safetensors", "no .safetensors"),
        ("tokenizer.json", "without a tokenizer"),
    ],
)
def test_a_folder_that_lacks_something_says_what(copy, remove, line):
    (copy / remove).unlink()
    with pytest.raises(BadInput, match=line) as error:
        LocalPolicy(copy)
    assert str(copy) in str(error.value)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", "{"),
        ("config.json", '{"model_type": "no-such"}'),
        ("model.safetensors", "garbage"),
        ("tokenizer.json", "{"),
        ("tokenizer.json", '{"model": 3}'),
    ],
)
def test_a_broken_file_gives_one_line_with_its_folder(copy, file, content):
    (copy / file).write_text(content)
    policy = LocalPolicy(copy)
    with pytest.raises(BadInput) as error:
        asyncio.run(policy.sample([Message(role="user", text="a3")]))
    assert str(copy) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["nowhere", "./nowhere", "/no/where", "a/b/c", "~/x"])
def test_a_name_that_is_neither_folder_nor_hub_id_is_refused(name):
    with pytest.raises(BadInput, match="no such checkpoint folder"):
        locate(name)


def test_a_hub_id_that_cannot_be_had_is_one_line():
    with pytest.raises(BadInput, match="not to be had from the hub") as error:
        locate("nobody/nothing-here")
    assert "\n" not in str(error.value)


def test_settings_change_the_head(tiny):
    model = load_model(tiny, "AutoModelForTokenClassification", num_labels=1)
    assert model.config.num_labels == 1
