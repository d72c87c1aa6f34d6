"""The hash by which what is kept is known: BLAKE2b (RFC 7693).

hashlib has the same function, and loads OpenSSL before it gives it, for which a repeated question need not wait.
"""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:  # a Python that has no module of its own for it
    from hashlib import blake2b

__all__ = ["blake2b"]
