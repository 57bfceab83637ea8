"""Reading and writing `transformers` checkpoints: safetensors only, named by content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from superalign.errors import BadInput

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

HEADS = ("score.", "classifier.", "pooler.")
"""Where the weights of a head live, which a checkpoint without one gets anew."""

WHOLE_BELOW = 1 << 29
"""Weight files up to this many bytes are hashed whole; of larger ones the head, tail and size."""
_EDGE = 1 << 24


def fingerprint(folder: Path) -> str:
    """Return 16 hex digits that name a checkpoint by its weights and configuration."""
    hasher = hashlib.blake2b(digest_size=8)
    files = sorted(folder.glob("*.safetensors"))
    for file in [folder / "config.json", *files]:
        size = file.stat().st_size
        hasher.update(f"{file.name}:{size};".encode())
        with file.open("rb") as stream:
            if size <= WHOLE_BELOW:
                hasher.update(stream.read())
            else:
                hasher.update(stream.read(_EDGE))
                stream.seek(-_EDGE, 2)
                hasher.update(stream.read())
    return hasher.hexdigest()


def locate(name: str | Path) -> Path:
    """Return the folder of a checkpoint given by path, organism name or hub id.

    A hub id is looked up in the local cache and downloaded where there is a network.

    Raises:
        BadInput: If nothing usable is found; the line says what is missing.
    """
    from superalign.policies.organisms import folder_of

    path = folder_of(str(name)) or Path(name)
    if not path.is_dir():
        path = _download(str(name))
    _require(path)
    return path


def _download(name: str) -> Path:
    if name.startswith((".", "/", "~")) or name.count("/") != 1:
        raise BadInput(f"{name}: no such checkpoint folder, and not a hub id like 'owner/name'")
    from huggingface_hub import snapshot_download

    kinds = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
    try:
        return Path(snapshot_download(name, allow_patterns=kinds))
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise BadInput(
            f"{name}: not a folder here and not to be had from the hub ({reason})"
        ) from None


def _require(path: Path) -> None:
    if not (path / "config.json").is_file():
        raise BadInput(f"{path}: not a checkpoint, config.json is missing")
    if not list(path.glob("*.safetensors")):
        raise BadInput(
            f"{path}: no .safetensors weights; other formats can run code and are refused"
        )
    if not any((path / f).is_file() for f in ("tokenizer.json", "tokenizer.model", "vocab.json")):
        raise BadInput(f"{path}: checkpoint without a tokenizer, tokenizer.json is missing")


@contextmanager
def quietly() -> Iterator[None]:
    """Run a block in which `transformers` draws no bars and reports errors alone."""
    from transformers.utils import logging

    shown, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """Load the fast tokenizer of a checkpoint."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise BadInput(f"{folder}: the tokenizer does not load ({reason})") from None
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(folder: Path, kind: str = "AutoModelForCausalLM", **settings: Any) -> Any:
    """Load a checkpoint's weights for evaluation; `settings` change its configuration.

    Raises:
        BadInput: If the weights or configuration do not load, or weights other than a head's
            are not there (`transformers` would put random ones in their place).
    """
    import torch
    import transformers
    from safetensors import SafetensorError

    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    try:
        config = transformers.AutoConfig.from_pretrained(str(folder), **settings)
        with quietly():
            model, found = getattr(transformers, kind).from_pretrained(
                str(folder),
                config=config,
                dtype=dtype,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
            )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        reason = str(error).strip().splitlines()[0]
        raise BadInput(f"{folder}: the checkpoint does not load ({reason})") from None
    missing = sorted(k for k in found["missing_keys"] if not k.startswith(HEADS))
    if missing:
        raise BadInput(f"{folder}: {len(missing)} weights are missing, the first is {missing[0]}")
    return model.to(device).eval()


def save(model: Any, tokenizer: Any, folder: Path, card: dict[str, Any] | None = None) -> None:
    """Write a checkpoint that `transformers` loads."""
    with quietly():
        model.save_pretrained(str(folder), safe_serialization=True)
        tokenizer.save_pretrained(str(folder))
    if card is not None:
        (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n")
