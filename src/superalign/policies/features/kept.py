"""Vectors kept on disk by the content of their text, so that no body reads a text twice."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

from superalign.errors import BadInput
from superalign.ledger import atomic_folder
from superalign.policies.features.body import Body, Vectors
from superalign.records import digest

_FILE = "vectors.safetensors"


class Kept:
    """A body whose vectors are written below `folder`; several processes may share the folder."""

    def __init__(self, source: Body, folder: Path) -> None:
        self.source, self.folder = source, folder
        self._known: dict[bytes, Vectors] = {}
        self._read: set[Path] = set()

    @property
    def id(self) -> str:
        """That of the body."""
        return self.source.id

    @property
    def name(self) -> str:
        """That of the body."""
        return self.source.name

    @property
    def parameters(self) -> int:
        """Those of the body."""
        return self.source.parameters

    @property
    def width(self) -> int:
        """That of the body."""
        return self.source.width

    def features(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text; only texts that no run has read before cost anything.

        Raises:
            BadInput: If what is on disk is damaged, or the disk takes no more.
        """
        keys = [blake2b(t.encode(), digest_size=16).digest() for t in texts]
        self._look(self.folder / self.id)
        new = {k: t for k, t in zip(keys, texts, strict=True) if k not in self._known}
        if new:
            self._keep(list(new), self.source.features(list(new.values())))
        if not keys:
            return np.zeros((0, self.width), np.float32)
        return np.stack([self._known[k] for k in keys])

    def _keep(self, keys: list[bytes], vectors: Vectors) -> None:
        from safetensors.numpy import save_file

        names = np.frombuffer(b"".join(keys), np.uint8).reshape(-1, 16)
        target = self.folder / self.id / digest("vectors", [k.hex() for k in keys])
        with atomic_folder(target) as place:
            save_file({"keys": names, "vectors": np.ascontiguousarray(vectors)}, place / _FILE)
        self._read.add(target / _FILE)
        self._known.update(zip(keys, vectors, strict=True))

    def _look(self, folder: Path) -> None:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        for file in sorted(set(folder.glob(f"[!.]*/{_FILE}")) - self._read):
            try:
                found = load_file(file)
                keys, vectors = found["keys"], found["vectors"]
            except (OSError, SafetensorError, KeyError) as error:
                raise BadInput(f"{file}: not vectors ({error}); remove its folder") from None
            if vectors.shape != (len(keys), self.width) or keys.shape[1:] != (16,):
                raise BadInput(f"{file}: shape {vectors.shape}; remove its folder")
            self._known.update(zip((k.tobytes() for k in keys), vectors, strict=True))
            self._read.add(file)
