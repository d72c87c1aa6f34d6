"""The calls that the modules event-rules and trail-alarms tell as silencing, read out of their Terraform."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

MODULES = Path(__file__).parent.parent / "modules"
_KEY = re.compile(r"^    ([a-z-]+) += \{$", re.MULTILINE)
_SOURCE = re.compile(r'^ +source += "([a-z0-9.-]+)"$', re.MULTILINE)
_LISTS = re.compile(r"(?:events|own_events|eventName) += \[([^\]]*)\]")
_FILTER = re.compile(r'\$\.(eventSource|eventName) = \\"([^"\\]+)\\"')
_NAME = re.compile(r'"([A-Za-z0-9]+)"')
Calls = set[tuple[str, str]]


@cache
def told_by_modules() -> Calls:
    """(event source, event name) of all of them; a name may end in a star.

    Of the alarms those count that are of a silencer's name in either module, and those on the evidence's buckets and on
    the analyzers, which are guardrails too.
    """
    rules = families(MODULES / "event-rules/patterns_silencers.tf")
    alarms = families(MODULES / "trail-alarms/catalogue_silencers.tf")
    changes = families(MODULES / "trail-alarms/catalogue_changes.tf")
    wanted = {*rules, *alarms, "analyzer-change"}
    found = set[tuple[str, str]]().union(*rules.values(), *alarms.values())
    return found.union(*(calls for name, calls in changes.items() if name in wanted), _evidence())


def families(path: Path) -> dict[str, Calls]:
    """The calls of each family of a file of Terraform, by the family's name."""
    text = path.read_text()
    heads = list(_KEY.finditer(text))
    found: dict[str, Calls] = {}
    for head, end in zip(heads, [*(item.start() for item in heads[1:]), len(text)], strict=True):
        body = text[head.end() : end]
        source = _SOURCE.search(body)
        if source is None:
            continue
        name = source[1] if "." in source[1] else f"{source[1]}.amazonaws.com"
        found[head[1]] = {(name, call) for listed in _LISTS.finditer(body) for call in _NAME.findall(listed[1])}
    return found


def _evidence() -> Calls:
    """Of the alarm on the buckets that hold the evidence, whose pattern is written out."""
    text = (MODULES / "trail-alarms/catalogue_evidence.tf").read_text()
    (line,) = [line for line in text.splitlines() if "PutBucket*" in line and "pattern" in line]
    told = _FILTER.findall(line)
    (source,) = [value for name, value in told if name == "eventSource"]
    return {(source, value) for name, value in told if name == "eventName"}
