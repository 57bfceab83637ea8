import pytest
import torch
from transformers.cache_utils import DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

from superalign.policies import cache
from superalign.policies.cache import RoomyLayer, make_room


def filled(layer, steps):
    torch.manual_seed(0)
    for length in steps:
        found = layer.update(torch.randn(2, 3, length, 4), torch.randn(2, 3, length, 4))
    return found


def pair(steps):
    layers = DynamicLayer(), DynamicLayer()
    for layer in layers:
        filled(layer, steps)
    return layers[0], RoomyLayer.of(layers[1])


@pytest.mark.parametrize("room", [1, 2, 64])
def test_it_holds_what_the_librarys_own_layer_holds(room, monkeypatch):
    monkeypatch.setattr(cache, "ROOM", room)
    plain, roomy = pair([5])
    rows = torch.tensor([1, 0, 0])
    for chosen in (None, rows, torch.tensor([0, 2])):
        if chosen is not None:
            plain.batch_select_indices(chosen)
            roomy.batch_select_indices(chosen)
        for length in (1, 1, 3, 1):
            new = torch.randn(len(plain.keys), 3, length, 4)
            for old, found in zip(plain.update(new, -new), roomy.update(new, -new), strict=True):
                assert torch.equal(old, found)
        assert roomy.get_seq_length() == plain.get_seq_length()
        assert roomy.get_mask_sizes(1) == plain.get_mask_sizes(1)


def test_what_is_there_is_not_copied_at_every_token():
    _, roomy = pair([5])
    new = torch.randn(2, 3, 1, 4)
    first, _ = roomy.update(new, new)
    second, _ = roomy.update(new, new)
    assert first.data_ptr() == second.data_ptr()
    assert second.shape[-2] == 7


def test_layers_of_another_kind_stay():
    found = DynamicCache()
    found.layers = [DynamicLayer(), DynamicSlidingWindowLayer(4)]
    make_room(found)
    assert [type(layer) for layer in found.layers] == [RoomyLayer, DynamicSlidingWindowLayer]
