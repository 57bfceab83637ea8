import shutil

import numpy as np
import pytest
import torch

from bodies import encoder, language_model
from superalign.errors import BadInput
from superalign.policies.features import WIDTHS, Checkpoint, Kept, Words, body, inputs
from superalign.policies.features.checkpoint import cut, vectors
from superalign.records import Problem

TEXTS = ["abc", "ab!c", "!!", "hello world!", "a", "!", "no! no! no!", "abc"]


@pytest.fixture(scope="module")
def gpt(tmp_path_factory):
    return language_model(tmp_path_factory.mktemp("gpt") / "gpt")


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return encoder(tmp_path_factory.mktemp("bert") / "bert")


def alone(folder, text, layer=None):
    """Return the hidden states [T, D] of one text read by itself, by `transformers` alone."""
    from transformers import AutoModel, AutoTokenizer

    ids = torch.tensor([AutoTokenizer.from_pretrained(folder)(text)["input_ids"]])
    with torch.no_grad():
        said = AutoModel.from_pretrained(folder).eval()(ids, output_hidden_states=True)
    return said.hidden_states[-1 if layer is None else layer][0].numpy()


@pytest.mark.parametrize("layer", [None, 0, 1, 2])
def test_a_language_models_vector_is_its_last_real_token_whatever_is_beside_it(gpt, layer):
    found = Checkpoint(gpt, layer=layer).features(TEXTS)
    assert found.dtype == np.float32
    assert found.shape == (8, 16)
    for text, vector in zip(TEXTS, found, strict=True):
        assert vector == pytest.approx(alone(gpt, text, layer)[-1], abs=1e-5), text


def test_texts_that_end_in_token_0_are_pooled_at_it(gpt):
    """The published code takes ids other than 0 for the length, so `!` moves the place."""
    ends = Checkpoint(gpt).features(["ab!!", "ab"])
    assert np.abs(ends[0] - ends[1]).max() > 0.1
    assert ends[0] == pytest.approx(alone(gpt, "ab!!")[3], abs=1e-5)


def test_an_encoders_vector_is_the_mean_over_real_tokens(bert):
    found = Checkpoint(bert).features(TEXTS)
    for text, vector in zip(TEXTS, found, strict=True):
        assert vector == pytest.approx(alone(bert, text).mean(0), abs=1e-5), text


def test_long_texts_keep_the_end_of_a_language_model_and_the_start_of_an_encoder(gpt, bert):
    text = "a" * 50 + "bc" * 10
    assert Checkpoint(gpt).tokens([text]) == Checkpoint(gpt).tokens([text[-40:]])
    assert Checkpoint(bert).tokens([text]) == Checkpoint(bert).tokens([text[:38]])


def test_a_text_that_spells_a_special_token_is_text(bert, tiny):
    (ids,) = Checkpoint(bert).tokens(["[SEP]"])
    assert len(ids) == 7
    assert 0 not in Checkpoint(tiny).tokens(["<pad>"])[0]


def test_an_empty_text_has_a_vector(gpt, tiny):
    for folder in (gpt, tiny):
        assert np.isfinite(Checkpoint(folder).features(["", "ab"])).all()
    assert Checkpoint(gpt).features([]).shape == (0, 16)


def test_each_text_is_tokenised_once_and_read_once(gpt, monkeypatch):
    source, seen = Checkpoint(gpt), []
    kind = type(source.tokenizer)
    called = kind.__call__
    monkeypatch.setattr(
        kind, "__call__", lambda self, ts, **rest: seen.extend(ts) or called(self, ts, **rest)
    )
    source.tokens(TEXTS)
    source.tokens([*TEXTS, "new"])
    assert seen == [*dict.fromkeys(TEXTS), "new"]


def test_batches_hold_every_row_once_alike_in_length_within_the_budget():
    lengths = [7, 3, 9, 3, 40, 1, 8, 3]
    batches = list(cut(lengths, tokens=16, rows=3))
    assert sorted(i for b in batches for i in b) == list(range(8))
    assert batches == [[5, 1, 3], [7, 0], [6], [2], [4]]
    assert list(cut([], 16)) == []
    assert [len(b) for b in cut([1] * 10, tokens=100, rows=4)] == [4, 4, 2]


def test_vectors_are_differentiable(gpt):
    source = Checkpoint(gpt)
    pooled = vectors(source.model, source.tokens(["ab", "!"]), "last", None)
    pooled.sum().backward()
    assert source.model.wte.weight.grad.abs().sum() > 0


SHAPE = {"vocab_size": 30, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
SHAPES = {
    "gpt2": {"vocab_size": 30, "n_embd": 16, "n_layer": 2, "n_head": 2},
    **{
        kind: {**SHAPE, "intermediate_size": 24, "num_key_value_heads": 1, "head_dim": 8}
        for kind in ("llama", "mistral", "qwen2", "qwen3")
    },
    "opt": {**SHAPE, "ffn_dim": 24, "word_embed_proj_dim": 16},
}


@pytest.mark.parametrize("kind", SHAPES)
def test_reading_the_last_token_alone_changes_neither_vectors_nor_slopes(kind):
    """`opt` has no such shortcut here: its layers are not known to allow it."""
    from transformers import AutoConfig, AutoModel

    torch.manual_seed(0)
    model = AutoModel.from_config(AutoConfig.for_model(kind, **SHAPES[kind])).eval()
    last = (getattr(model, "layers", None) or getattr(model, "h", [None]))[-1]
    rows, read = [[5, 6, 7, 0], [8], [9, 0]], []
    if kind != "opt":
        last.mlp.register_forward_hook(lambda _, given, __: read.append(given[0].shape[:2]))
    found = vectors(model, rows, "last", None)
    assert read == ([] if kind == "opt" else [(3, 1)])
    found.square().sum().backward()
    slopes = {name: p.grad.clone() for name, p in model.named_parameters()}
    model.zero_grad()
    alone = torch.stack([model(torch.tensor([row]))[0][0, -1] for row in rows])
    assert (read[1:2] == [(1, 4)]) is (kind != "opt")
    assert found.detach().numpy() == pytest.approx(alone.detach().numpy(), abs=1e-5)
    alone.square().sum().backward()
    for name, p in model.named_parameters():
        assert slopes[name].numpy() == pytest.approx(p.grad.numpy(), abs=1e-4), name


def test_organisms_and_their_layers_have_names_and_sizes():
    found = body("chains-50k", layer=1)
    assert (found.name, found.width) == ("chains-50k", 48)
    assert found.parameters == sum(p.numel() for p in found.model.parameters()) > 40_000
    assert (
        len({body("chains-50k", layer=k).id for k in (None, 0, 1)} | {body("requests-50k").id}) == 4
    )


def test_hashed_words_are_nested_from_width_to_width():
    texts = ["The cat sat on the mat.", "a cat, the cat", "", "Zebras do not"]
    made = {w: Words(w) for w in WIDTHS}
    wide = made[4096].features(texts)
    for width, source in made.items():
        folded = wide.reshape(4, -1, width).sum(1)
        assert source.features(texts) == pytest.approx(folded, abs=1e-6)
        assert (source.width, source.parameters, source.name) == (width, width, f"words-{width}")
    assert not wide[2].any()
    assert np.linalg.norm(wide[[0, 1, 3]], axis=1) == pytest.approx(1, abs=0.1)
    assert np.abs(wide[0] - wide[1]).max() > 0.1


def test_rare_words_weigh_as_much_as_common_ones_and_repeated_ones_less_than_twice():
    both, one, other = Words(4096).features(["alpha common", "alpha", "common"])
    assert both @ one == pytest.approx(both @ other, abs=1e-5)
    once, thrice = Words(4096).features(["b c", "b b b c"])
    ratio = (thrice @ Words(4096).features(["b"])[0]) / (thrice @ Words(4096).features(["c"])[0])
    assert 1.5 < ratio < 3
    assert once.any()
    assert Words(64).id != Words(512).id


def test_a_words_vector_depends_on_its_own_text_alone():
    source = Words(512)
    assert (source.features(["two", "three four"])[0] == source.features(["two"])[0]).all()


@pytest.mark.parametrize(
    ("name", "layer", "line"),
    [
        ("words-100", None, "words-100: no such width; there are words-64, words-512, words-4096"),
        ("words-64", 2, "words-64: has no layers"),
        ("chains-9m", None, "chains-9m: no such checkpoint folder"),
        ("./nowhere", None, "nowhere: no such checkpoint folder"),
        ("chains-50k", 3, "chains-50k: layer 3 is not one of 0 to 2"),
        ("chains-50k", -1, "layer -1 is not one of"),
    ],
)
def test_a_body_that_is_not_there_gets_one_clear_line(name, layer, line):
    with pytest.raises(BadInput, match=line) as error:
        body(name, layer=layer)
    assert "\n" not in str(error.value)


class Counting:
    """A body that says what it was asked."""

    id, name, parameters, width = "counting", "counting", 0, 2

    def __init__(self):
        self.asked = []

    def features(self, texts):
        self.asked.append(list(texts))
        return np.array([[len(t), t.count("a")] for t in texts], np.float32)


def test_kept_vectors_are_read_once_by_any_process_and_equal(tmp_path):
    source = Counting()
    kept = Kept(source, tmp_path)
    first = kept.features(["a", "bb", "a"])
    assert source.asked == [["a", "bb"]]
    again = Kept(source, tmp_path)
    assert (again.features(["bb", "ccc", "a"]) == np.array([[2, 0], [3, 0], [1, 1]])).all()
    assert source.asked == [["a", "bb"], ["ccc"]]
    assert (kept.features(["a", "ccc"]) == [[1, 1], [3, 0]]).all()
    assert len(source.asked) == 2
    assert first.dtype == np.float32
    assert kept.features([]).shape == (0, 2)
    assert not list(tmp_path.rglob("*.pkl"))
    assert len(list(tmp_path.rglob("vectors.safetensors"))) == 2


def test_kept_vectors_of_another_body_are_not_taken(gpt, tmp_path):
    pair = [body(str(gpt), layer=k, cache=tmp_path) for k in (0, 1)]
    found = [b.features(["ab"]) for b in pair]
    assert np.abs(found[0] - found[1]).max() > 0.01


def test_damaged_vectors_are_named_and_unfinished_ones_passed_over(tmp_path):
    Kept(Counting(), tmp_path).features(["a"])
    (file,) = tmp_path.rglob("vectors.safetensors")
    half = file.parents[1] / ".x.unfinished"
    shutil.copytree(file.parent, half)
    (half / file.name).write_bytes(b"half")
    Kept(Counting(), tmp_path).features(["a"])
    file.write_bytes(b"damaged")
    with pytest.raises(BadInput, match=r"vectors.safetensors: not vectors"):
        Kept(Counting(), tmp_path).features(["a"])


def test_problems_are_read_by_prompt_or_as_two_sides_that_turn_the_sign():
    problems = [Problem.of("q", choices=("aa", "b")), Problem.of("qq", choices=("a", "a"))]
    turned = [Problem.of("q", choices=("b", "aa")), Problem.of("qq", choices=("a", "a"))]
    assert (inputs(Counting(), problems, "classify") == [[1, 0], [2, 0]]).all()
    found = inputs(Counting(), problems, "compare")
    assert (found == [[1, 2], [0, 0]]).all()
    assert (inputs(Counting(), turned, "compare") == -found).all()
    with pytest.raises(BadInput, match="1 choices to compare, not 2"):
        inputs(Counting(), [Problem.of("q", choices=("a",))], "compare")
