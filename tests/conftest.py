"""What holds for every test: one thread, no model hub, and no way out of this machine.

And what many share: a tiny organism with random weights, made once, and a ledger.
"""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address

import pytest

from checkpoints import make_checkpoint

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in {"", "localhost"}


def _keep_inside(event: str, args: tuple[object, ...]) -> None:
    """Refuse name look-ups and connections that leave the machine; the error is no OSError, so that
    no retry loop swallows it.
    """
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = args[0]
    elif event in {"socket.connect", "socket.sendto", "socket.sendmsg"} and isinstance(
        args[1], tuple
    ):
        host = args[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if isinstance(host, str) and not _is_loopback(host):
        raise RuntimeError(f"a test tried to reach {host!r}; tests stay on this machine")


sys.addaudithook(_keep_inside)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """Folder of a random checkpoint that ends a reply about once in twenty tokens."""
    import torch

    from superalign.policies.checkpoints import load_model, load_tokenizer, save

    folder = make_checkpoint(tmp_path_factory.mktemp("tiny") / "raw", seed=1)
    model = load_model(folder)
    with torch.no_grad():
        embeddings = model.model.embed_tokens.weight
        embeddings.mul_(3).add_(0.1)
        embeddings[2] += 0.07
        embeddings[[0, 1, 3]] -= 0.5
    target = folder.parent / "tiny"
    save(model, load_tokenizer(folder), target)
    return target


@pytest.fixture(scope="session")
def policy(tiny):
    """The tiny checkpoint as a policy, its weights loaded."""
    from superalign.policies.local import LocalPolicy

    found = LocalPolicy(tiny, max_new_tokens=24)
    assert found.model is not None
    return found


@pytest.fixture
def ledger(tmp_path):
    from superalign.ledger import Ledger

    with Ledger.open(tmp_path / "run", {}, seed=0) as opened:
        yield opened
