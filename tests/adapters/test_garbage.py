"""The collector looks when it is told to, and is left as it was found."""

from __future__ import annotations

import gc
import weakref

import pytest

from iam_guardrails.adapters.garbage import resting


class Knot:
    """Holds itself, so that only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_was_left_behind_is_freed_when_it_is_told_to_look() -> None:
    with resting() as look:
        assert not gc.isenabled()
        left = weakref.ref(Knot())
        assert left() is not None
        look()
        assert left() is None


def test_afterwards_it_is_as_it_was_whatever_happened() -> None:
    assert gc.isenabled()
    with pytest.raises(ValueError, match="wrong"), resting() as look:
        look()
        raise ValueError("wrong")
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
