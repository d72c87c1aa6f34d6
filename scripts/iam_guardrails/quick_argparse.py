"""Loads argparse without gettext, which takes as long to load: there are no translations of what argparse says.

Where another thread runs nothing is left out: what it imports meanwhile would be what stands here for gettext.
"""

import sys
from _thread import _count as other_threads
from types import SimpleNamespace


def _one_or_more(one: str, more: str, number: int) -> str:
    return one if number == 1 else more


def load() -> None:
    """Load argparse, for all that is loaded after it."""
    if other_threads() or {"argparse", "gettext"} & set(sys.modules):
        return
    sys.modules["gettext"] = SimpleNamespace(gettext=str, ngettext=_one_or_more)  # type: ignore[assignment]  # for now
    try:
        import argparse  # noqa: F401 - for all that is loaded after it
    finally:
        del sys.modules["gettext"]
