"""Loads msgspec as where typing_extensions is not installed: it then takes the same names from typing.

These have been there since Python 3.11, and what is asked need not wait for a module that takes as long to load as all
the rest. Tools that developers have beside us bring typing_extensions; the requirements of the product do not.
"""

import sys


def load() -> None:
    """Load msgspec, for all that is loaded after it."""
    if "typing_extensions" in sys.modules or "msgspec" in sys.modules:
        return
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]  # what `import` takes for not installed
    try:
        import msgspec  # noqa: F401 - for all that is loaded after it
    finally:
        del sys.modules["typing_extensions"]
