"""Step scores against a plain full forward of one row at a time."""

import json
import random
import shutil

import pytest
import torch

from superalign.errors import BadInput
from superalign.policies import step_scores
from superalign.policies.checkpoints import load_model, load_tokenizer, save

KINDS = ("process", "outcome", "both")


def rows(seed=0, n=24):
    """Return rows that share prompts, first lines and, some of them, everything."""
    rng = random.Random(seed)
    prompts = [[1, *(rng.randint(4, 90) for _ in range(rng.randint(2, 9)))] for _ in range(3)]
    lines = [[rng.randint(4, 90) for _ in range(rng.randint(1, 6))] for _ in range(4)]
    found = []
    for _ in range(n):
        tokens = list(rng.choice(prompts))
        ends = [len(tokens) - 1]
        for _ in range(rng.randint(1, 5)):
            tokens += rng.choice(lines)
            ends.append(len(tokens) - 1)
        found.append((tokens, ends))
    return [*found, found[0]]


def plain(model, kind, tokens, ends, scale=None):
    """Return the chance of each line from one forward of one row."""
    logits = model(input_ids=torch.tensor([tokens])).logits[0].detach()
    if scale is None:
        found = [logits[e] for e in ends[1:]]
        return [float(torch.sigmoid(x[-1] - (x[0] if len(x) == 2 else 0))) for x in found]
    logs = logits.log_softmax(-1)
    said = [0.0, *(float(logs[i - 1, t]) for i, t in enumerate(tokens) if i)]
    chances = []
    for i, end in enumerate(ends[1:]):
        whole = kind == "outcome" or (kind == "both" and end == ends[-1])
        begin = ends[0] if whole else ends[i]
        logit = scale[0] * sum(said[begin + 1 : end + 1]) + scale[1]
        chances.append(float(torch.sigmoid(torch.tensor(logit))))
    return chances


@pytest.fixture(params=KINDS)
def likelihood(request, tiny, tmp_path):
    model = load_model(tiny)
    model.config.line_scale, model.config.evaluates = [0.05, 1.0], request.param
    save(model, load_tokenizer(tiny), tmp_path / "m")
    return tmp_path / "m"


@pytest.fixture(params=[1, 2])
def scalar(request, tiny, tmp_path):
    torch.manual_seed(0)
    model = load_model(tiny, step_scores.SCALAR, num_labels=request.param)
    torch.nn.init.normal_(model.score.weight, std=0.3)
    model.config.evaluates = "both"
    save(model, load_tokenizer(tiny), tmp_path / "m")
    return tmp_path / "m"


def check(folder, scale):
    model, given = step_scores.load(folder), rows()
    kind = step_scores.kind_of(folder)
    wanted = [plain(model, kind, tokens, ends, scale) for tokens, ends in given]
    assert len({p for chances in wanted for p in chances}) > 30
    for tokens_per_batch in (1, 100, 10**6):
        found = step_scores.score(model, given, tokens_per_batch=tokens_per_batch)
        for a, b in zip(found, wanted, strict=True):
            assert a == pytest.approx(b, abs=1e-5)
    return model, given, found


def test_likelihoods_are_those_of_a_full_forward_of_each_row(likelihood):
    check(likelihood, (0.05, 1.0))


def test_a_head_reads_what_it_reads_in_a_full_forward_of_each_row(scalar):
    check(scalar, None)


def test_small_trees_and_rows_by_themselves_have_the_same_scores(likelihood, monkeypatch):
    model, given, found = check(likelihood, (0.05, 1.0))
    never = ("readable", lambda m: False)
    for name, value in (("SPREAD", 1), ("WIDEST", 60), ("WIDEST", 10), never):
        monkeypatch.setattr(step_scores, name, value)
        again = step_scores.score(model, given, tokens_per_batch=64)
        for a, b in zip(again, found, strict=True):
            assert a == pytest.approx(b, abs=1e-5)


@pytest.mark.parametrize(
    ("limits", "read"),
    [
        ({}, 6),
        ({"SPREAD": 1}, 10),
        ({"WIDEST": 5}, 10),
        ({"WIDEST": 4}, 10),
        ({"readable": lambda m: False}, 10),
    ],
)
def test_what_is_shared_is_read_once(likelihood, monkeypatch, limits, read):
    model, tokens = step_scores.load(likelihood), []
    forward = model.forward

    def counting(input_ids, **rest):
        tokens.append(input_ids.numel())
        return forward(input_ids=input_ids, **rest)

    for name, value in {"readable": lambda m: True, **limits}.items():
        monkeypatch.setattr(step_scores, name, value)
    monkeypatch.setattr(model, "forward", counting)
    given = [([1, 5, 6, 7, 8], [1, 4]), ([1, 5, 6, 7, 9], [1, 4])] * 10
    step_scores.score(model, given, tokens_per_batch=10**6)
    assert tokens == [read]


def test_rows_too_long_for_a_tree_are_read_without_a_mask(likelihood, monkeypatch):
    model = step_scores.load(likelihood)
    assert step_scores.shared(model, [[1, 2], [1, 3]])[0]
    monkeypatch.setattr(step_scores, "WIDEST", 1)
    shares, trees = step_scores.shared(model, [[1, 2], [1, 3]])
    assert (shares, [t.tokens for t in trees]) == (False, [[1, 2], [1, 3]])


def test_an_untrained_checkpoint_reads_steps_and_odd_ones_are_named(tiny, tmp_path):
    assert step_scores.kind_of(tiny) == "process"
    assert not step_scores.is_scalar(step_scores.load(tiny))
    assert step_scores.score(step_scores.load(tiny), [], tokens_per_batch=9) == []
    shutil.copytree(tiny, tmp_path / "odd")
    path = tmp_path / "odd" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "evaluates": "vibes"}))
    with pytest.raises(BadInput, match=r"config.json: evaluates must be one of"):
        step_scores.kind_of(tmp_path / "odd")
    for text in ("[]", "{"):
        path.write_text(text)
        with pytest.raises(BadInput, match=r"config.json"):
            step_scores.kind_of(tmp_path / "odd")
