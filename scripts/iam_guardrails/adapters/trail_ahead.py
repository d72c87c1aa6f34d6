"""Looks at objects of a store in their order, several at once where most of a look is waiting."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_objects import TrailObjects

if TYPE_CHECKING:
    from concurrent.futures import Future

Item = TypeVar("Item")
Result = TypeVar("Result")
HELD_BYTES = 32 << 20  # ours: of files that wait for their turn, as stored


def ahead(
    store: TrailObjects, items: Iterable[Item], look: Callable[[Item], Result],
    size: Callable[[Item], int] | None = None,
) -> Iterator[tuple[Item, Result]]:  # fmt: skip
    """Each item and what `look` gives for it, in their order; what `look` raises ends it.

    size: how many bytes an item is; without it only the number of items bounds what is held. Items are taken in the
    caller's thread, a few ahead of what is handed out.
    """
    coming = iter(items)
    # The first one connects, which only one may do; a store that is read one by one has no others.
    for item in coming if store.reads_at_once < 2 else islice(coming, 1):
        yield item, look(item)
    following = next(coming, None)
    if following is None:
        return
    from concurrent.futures import ThreadPoolExecutor

    threads = ThreadPoolExecutor(store.reads_at_once)
    waiting: deque[tuple[Item, int, Future[Result]]] = deque()
    held = 0
    try:
        while following is not None or waiting:
            while following is not None and len(waiting) < 2 * store.reads_at_once:
                own = size(following) if size else 0
                if waiting and held + own > HELD_BYTES:
                    break
                waiting.append((following, own, threads.submit(look, following)))
                held += own
                following = next(coming, None)
            item, own, looked = waiting.popleft()
            yield item, looked.result()
            held -= own
    finally:
        threads.shutdown(cancel_futures=True)


def content_of(store: TrailObjects, key: str) -> bytes | Damage:
    """An object's content as stored, or why it cannot be had. Raises Problem when nothing can go on."""
    try:
        return store.read(key)
    except Damage as damage:
        return damage
