"""Loads msgspec without what it does not need from modules that take as long to load as all the rest.

Where typing_extensions is not installed it takes the same names from typing, which have been there since Python 3.11.
Tools that developers have beside us bring typing_extensions; the requirements of the product do not. It loads uuid,
which asks the module platform for the system's name and for nothing else (CPython, Lib/uuid.py), and textwrap for
JSON Schemas, which are not made here.

Where another thread runs nothing is left out: what it imports meanwhile would be what stands here for a module.
"""

import os
import sys
from _thread import _count as other_threads
from types import SimpleNamespace


def _dedent(text: str) -> str:
    import textwrap

    return textwrap.dedent(text)


def load() -> None:
    """Load msgspec, for all that is loaded after it."""
    if "msgspec" in sys.modules:
        return
    if other_threads():
        import msgspec

        return
    instead = {
        "typing_extensions": None,  # what `import` takes for not installed
        "platform": SimpleNamespace(system=lambda: os.uname().sysname),
        "textwrap": SimpleNamespace(dedent=_dedent),
    }
    put = {name: module for name, module in instead.items() if name not in sys.modules}
    sys.modules.update(put)  # type: ignore[arg-type]  # what stands for a module, for a moment
    try:
        import msgspec  # noqa: F401 - for all that is loaded after it
    finally:
        for name in put:
            del sys.modules[name]
