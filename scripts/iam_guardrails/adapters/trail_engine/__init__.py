"""The embedded engine: reads CloudTrail's files with all cores, and keeps the facts of each day for the next time.

msgspec is loaded here as where typing_extensions is not installed: it then takes the same names from typing, which has
them since Python 3.11, and a new day of files need not wait for a module that takes as long to load as the rest.
"""

import sys

if "typing_extensions" not in sys.modules and "msgspec" not in sys.modules:
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]  # what `import` takes for not installed
    try:
        import msgspec  # noqa: F401 - for all that is loaded after it
    finally:
        del sys.modules["typing_extensions"]
