import asyncio
import threading

import pytest

from superalign.policies.batching import Batcher, by_length


def batcher(answer, rows=4):
    return Batcher(answer, rows=rows, cost=lambda ask: ask[0], width=lambda ask: ask[1])


def gather(batches, asks):
    async def ask_all():
        return await asyncio.gather(*(batches.submit(a) for a in asks), return_exceptions=True)

    return asyncio.run(ask_all())


ASKS = [(5, 1), (1, 2), (9, 1), (1, 1), (5, 3), (2, 2), (7, 1)]


def recording(seen):
    def answer(asks):
        seen.append(list(asks))
        return [("said", *a) for a in asks]

    return answer


def test_everyone_gets_their_own_answer_in_batches_of_like_cost():
    seen = []
    assert gather(batcher(recording(seen)), ASKS) == [("said", *a) for a in ASKS]
    assert [a for batch in seen for a in batch] == sorted(ASKS, key=lambda a: a[0])
    assert all(sum(width for _, width in batch) <= 4 for batch in seen)
    assert len(seen) == 4


def test_the_same_requests_make_the_same_batches():
    first, second = [], []
    gather(batcher(recording(first)), ASKS)
    gather(batcher(recording(second)), ASKS)
    assert first == second


def test_requests_that_need_some_turns_of_the_event_loop_still_share_a_batch():
    seen = []
    batches = batcher(recording(seen), rows=100)

    async def later(ask):
        await asyncio.sleep(0)
        return await batches.submit(ask)

    async def all_of_them():
        return await asyncio.gather(batches.submit((1, 1)), *(later(a) for a in ASKS))

    asyncio.run(all_of_them())
    assert len(seen) == 1


def test_an_error_reaches_every_asker_of_its_batch_and_no_other():
    def answer(asks):
        if any(cost == 1 for cost, _ in asks):
            raise RuntimeError("no room")
        return asks

    batches = batcher(answer, rows=3)
    found = gather(batches, ASKS)
    failed = [a for a, f in zip(ASKS, found, strict=True) if isinstance(f, RuntimeError)]
    assert failed == [(1, 2), (1, 1)]
    assert all(f == a for a, f in zip(ASKS, found, strict=True) if a not in failed)
    assert gather(batches, [(2, 1)]) == [(2, 1)]


def test_too_few_answers_are_an_error_for_everyone_and_leave_nobody_waiting():
    found = gather(batcher(lambda asks: asks[1:]), [(1, 1), (1, 1), (9, 4)])
    assert all(isinstance(f, ValueError) for f in found)


@pytest.mark.parametrize("fails", [True, False])
def test_an_asker_who_gave_up_does_not_keep_the_others_waiting(fails):
    begun, go = threading.Event(), threading.Event()

    def answer(asks):
        begun.set()
        go.wait(5)
        if fails:
            raise RuntimeError("no room")
        return asks

    batches = batcher(answer)

    async def one_gives_up():
        tasks = [asyncio.create_task(batches.submit((1, 1))) for _ in range(3)]
        await asyncio.to_thread(begun.wait, 5)
        tasks[0].cancel()
        await asyncio.sleep(0)
        go.set()
        return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)

    gone, *others = asyncio.run(one_gives_up())
    assert isinstance(gone, asyncio.CancelledError)
    assert all(isinstance(f, RuntimeError) if fails else f == (1, 1) for f in others)


def test_a_batcher_serves_one_event_loop_after_another():
    batches = batcher(recording([]))
    assert gather(batches, [(1, 1)]) == gather(batches, [(1, 1)]) == [("said", 1, 1)]


def test_batches_by_length_hold_no_more_padded_tokens_than_allowed_and_lose_nothing():
    lengths = [40, 4, 5, 9, 12, 3]
    found = by_length(lengths, 20)
    assert [i for batch in found for i in batch] == [5, 1, 2, 3, 4, 0]
    assert all(len(b) * max(lengths[i] for i in b) <= 20 for b in found if len(b) > 1)
    assert found[0] == [5, 1, 2]
    assert by_length([], 20) == []
