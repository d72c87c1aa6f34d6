"""Which session a session was entered from, and which key a key was made with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class Chains:
    """Which access key made which, by their ids: the records of the calls that give one have both."""

    def __init__(self, hops: Iterable[tuple[str, str]]) -> None:
        """hops: the access key id that was made, and the one that made it."""
        self._from = {made: by for made, by in hops if made}

    def back(self, access_key_id: str) -> Iterator[str]:
        """That id, then those that it came from, the nearest first."""
        passed = {""}
        while access_key_id not in passed:
            yield access_key_id
            passed.add(access_key_id)
            access_key_id = self._from.get(access_key_id, "")
