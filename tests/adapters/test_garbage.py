"""The collector looks when it is told to, and is left as it was found."""

from __future__ import annotations

import gc
import platform
import subprocess
import sys
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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no malloc_trim")
def test_what_was_freed_is_given_back_to_the_system_though_something_beside_it_is_in_use() -> None:
    told = "import gc; from iam_guardrails.adapters.garbage import resting\n"
    told += "def size(): return int(open('/proc/self/statm').read().split()[1]) * 4096\n"
    told += "with resting() as look:\n"
    told += "    made = [(b'x' * 9_000, b'y' * 900) for _ in range(4_000)]\n"
    told += "    kept, before = [short for _, short in made], size()\n"
    told += "    del made\n"
    told += "    look()\n"
    told += "    print(before - size())"
    ran = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    assert int(ran.stdout) > 20_000_000


def test_afterwards_it_is_as_it_was_whatever_happened() -> None:
    assert gc.isenabled()
    with pytest.raises(ValueError, match="wrong"), resting() as look:
        look()
        raise ValueError("wrong")
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
