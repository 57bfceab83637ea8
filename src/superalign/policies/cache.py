"""A cache of keys and values with room for tokens to come.

The library's own layer copies all it holds at every token, which was two thirds of the time of
sampling; here a token is written behind the others, and all are copied only when room runs out.
Shape suffixes: B rows, H heads, T positions, D width of a head.
"""

from __future__ import annotations

from typing import Any, Self

from torch import Tensor
from transformers.cache_utils import DynamicLayer

ROOM = 64
"""Positions of room, each time it runs out."""


class RoomyLayer(DynamicLayer):  # type: ignore[misc]  # transformers ships no types
    """Keys and values of one layer, as views of larger tensors."""

    keys: Tensor
    values: Tensor
    _room: tuple[Tensor, Tensor] | None = None

    @classmethod
    def of(cls, layer: DynamicLayer) -> Self:
        """Return a layer with room that holds what `layer` holds."""
        found = cls()
        found.__dict__ |= layer.__dict__
        return found

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Append keys and values, [B, H, T, D]; return all there are."""
        begin, end = self.get_seq_length(), self.get_seq_length() + key_states.shape[-2]
        if self._room is None or self._room[0].shape[-2] < end:
            self._room = _roomier(self.keys, end), _roomier(self.values, end)
        for kept, new in zip(self._room, (key_states, value_states), strict=True):
            kept[..., begin:end, :] = new
        self.keys, self.values = (kept[..., :end, :] for kept in self._room)
        return self.keys, self.values

    def batch_select_indices(self, indices: Tensor) -> None:
        """Keep (or repeat) these rows."""
        super().batch_select_indices(indices)
        self._room = None


def _roomier(kept_BHTD: Tensor, length: int) -> Tensor:
    rows, heads, before, width = kept_BHTD.shape
    found = kept_BHTD.new_empty((rows, heads, length + ROOM, width))
    found[..., :before, :] = kept_BHTD
    return found


def make_room(cache: Any) -> None:
    """Give the layers of a filled cache room, in place; layers of another kind stay as they are."""
    cache.layers = [RoomyLayer.of(x) if type(x) is DynamicLayer else x for x in cache.layers]
