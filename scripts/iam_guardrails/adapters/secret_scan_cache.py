"""What the scanner of secrets found in files, by their content, so that only what has changed is scanned again.

It holds the scanner's hashes of what looks like a secret, as a baseline does, and no value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.files import write_atomic
from iam_guardrails.model.review.repository import Baseline
from iam_guardrails.model.review.review import fingerprint


def cache_key(python: Path, baseline: Baseline, worker: Path) -> str:
    """What the answers depend on beside the files: the scanner that is installed, its settings, the worker."""
    installed = sorted(path.name for path in python.parent.parent.glob("lib/*/site-packages/bc_detect_secrets-*"))
    return fingerprint([installed, baseline.plugins, baseline.filters, worker.read_text(encoding="utf-8")])


def read_cache(cache: Path | None, key: str) -> dict[str, Any]:
    """What is known of files, by digest; nothing where the cache is of another scanner, missing or broken."""
    try:
        content = json.loads(cache.read_text(encoding="utf-8")) if cache else {}
        found: dict[str, Any] = content["files"] if content["key"] == key else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def write_cache(cache: Path, key: str, files: Mapping[str, Any]) -> None:
    """Keep what is known of files; where `cache` is a link, in the file that it leads to. Raises Problem."""
    write_atomic(cache.resolve(), json.dumps({"key": key, "files": files}), durable=False)
