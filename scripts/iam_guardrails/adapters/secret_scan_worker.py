"""Runs inside the scanner's own environment, never imported by the package: files in, places of secrets out, as JSON.

Standard input: {"root", "files", "plugins", "filters"} (the last two as a baseline holds them, null for the scanner's
defaults). Standard output: {"version", "settings", "found": [{file, line, kind, hashed}], "binary": [file],
"failed": {file: why}}.
A secret itself never leaves this process, and nothing is asked of the network: what is found is not verified.
"""

import contextlib
import io
import json
import logging
import multiprocessing
import os
import sys
from pathlib import Path
from typing import Any

NOT_HERE = (
    "detect_secrets.filters.allowlist.is_line_allowlisted",  # a comment in the line gives no reason
    "detect_secrets.filters.common.is_ignored_due_to_verification_policies",  # asks the network
    "detect_secrets.filters.common.is_baseline_file",
)
_PART = 25


def main() -> None:
    """Read the request, scan the files with all processors, print the answer."""
    request = json.load(sys.stdin)
    logging.disable(logging.CRITICAL)
    os.chdir(request["root"])
    with contextlib.redirect_stdout(io.StringIO()):
        answer = scan_all(request)
    json.dump(answer, sys.stdout)


def scan_all(request: dict[str, Any]) -> dict[str, Any]:
    """The answer. Large files first, so that no processor has one left at the end."""
    from detect_secrets.__version__ import VERSION

    files = sorted(request["files"], key=os.path.getsize, reverse=True)
    parts = [files[start :: max(1, len(files) // _PART)] for start in range(max(1, len(files) // _PART))]
    workers = min(len(parts), os.cpu_count() or 1)
    with settings(request) as used:
        told = used.json()
        if workers < 2 or sys.platform != "linux":  # elsewhere a fork of a loaded process is not safe
            answers = [scan(part) for part in parts]
        else:
            with multiprocessing.get_context("fork").Pool(workers) as pool:
                answers = pool.map(scan, parts, chunksize=1)
    return {
        "version": VERSION,
        "settings": told,
        "found": [item for answer in answers for item in answer["found"]],
        "binary": sorted(name for answer in answers for name in answer["binary"]),
        "failed": {name: why for answer in answers for name, why in answer["failed"].items()},
    }


def settings(request: dict[str, Any]) -> Any:
    """The scanner's settings for the time of a scan, without what would hide or verify a secret."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.settings import transient_settings

    every = [{"name": kind.__name__} for kind in get_mapping_from_secret_type_to_class().values()]
    config: dict[str, Any] = {"plugins_used": request["plugins"] if request["plugins"] is not None else every}
    if request["filters"] is not None:
        config["filters_used"] = request["filters"]

    @contextlib.contextmanager
    def made() -> Any:
        with transient_settings(config) as found:
            found.disable_filters(*NOT_HERE)
            yield found

    return made()


def scan(files: list[str]) -> dict[str, Any]:
    """What the scanner finds in some files; each value once in a file, at the first of its lines."""
    from detect_secrets.core.scan import scan_file

    found: dict[tuple[str, str, str], int] = {}
    binary, failed = [], {}
    for name in files:
        try:
            lines = Path(name).read_text(encoding="utf-8").split("\n")
            for secret in scan_file(name):
                key = (name, secret.type, secret.secret_hash)
                line = line_of(lines, secret.line_number, secret.secret_value or "")
                found[key] = min(line, found.get(key, line))
        except UnicodeDecodeError:
            binary.append(name)
        except Exception as error:  # whatever one file does to a plugin, the others are scanned
            failed[name] = type(error).__name__
    spots = [{"file": name, "kind": kind, "hashed": hashed, "line": line}
             for (name, kind, hashed), line in found.items()]  # fmt: skip
    return {"found": spots, "binary": binary, "failed": failed}


def line_of(lines: list[str], told: int, value: str) -> int:
    """The line of a value, from 1. The scanner's own number is off in YAML, whose lines it writes anew."""
    if 0 < told <= len(lines) and value in lines[told - 1]:
        return told
    return next((number for number, line in enumerate(lines, start=1) if value in line), min(told, len(lines)))


if __name__ == "__main__":
    main()
