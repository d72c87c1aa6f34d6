"""What the analyzers of IAM Access Analyzer were not let say."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from iam_guardrails.model.capture.capture import FINDINGS, Capture

EXTERNAL_ACCESS, UNUSED_ACCESS = ("ACCOUNT", "ORGANIZATION"), "_UNUSED_ACCESS"
"""Types of analyzers: of external access, and what those of unused access end in."""


def unread(capture: Capture, what: str, of_type: Callable[[str], bool]) -> Iterator[str]:
    """Why it is not known what analyzers of some types found (what: a noun phrase), a clause each.

    A Region whose analyzers were read, and are none of these types, has nothing to tell.
    """
    tells = {item.region for item in capture.account.analyzers if of_type(str(item.kind))}
    for key in sorted(capture.not_judged(FINDINGS).keys() & capture.refused.keys()):
        region = key.partition("@")[2]
        if not region or region in tells or f"analyzers@{region}" in capture.account.refused:
            yield f"{what}{f' in {region}' if region else ''}: {capture.refused[key]}"
