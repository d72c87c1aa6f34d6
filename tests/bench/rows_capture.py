"""Rows about a capture: reading one of 10,000 roles back, with everything the rules and the offline questions need."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from iam_guardrails.adapters.capture_assembly import capture_from_authorization_details
from iam_guardrails.adapters.captures import content_of, write_capture
from tests.bench.account_file import write_account
from tests.bench.measure import Row, command, in_turns
from tests.bench.rows_access import peak_bytes

ROLES, ROUNDS = 10_000, 9
TIMES, MEMORY = 5.0, 10.0
_LOAD = "import gc; gc.disable(); from iam_guardrails.adapters.captures import load_capture; load_capture({path!r})"
_PARSE = "import gc, json; gc.disable(); json.loads(open({path!r}).read())"


def capture_rows(base: Path) -> Iterator[Row]:
    """Time and memory against the content's JSON, parsed by the standard library."""
    base.mkdir(parents=True, exist_ok=True)
    details, file, content = base / "details.json", base / "a.capture.gz", base / "content.json"
    write_account(details, ROLES)
    capture = capture_from_authorization_details(str(details), lambda _text: None)
    write_capture(file, capture)
    size = content.write_bytes(content_of(capture))
    assert len(json.loads(content.read_bytes())["details"]["RoleDetailList"]) == ROLES
    load = [sys.executable, "-c", _LOAD.format(path=str(file))]
    parse = [sys.executable, "-c", _PARSE.format(path=str(content))]
    took = in_turns({"load": command(load), "parse": command(parse)}, ROUNDS)
    ratio = took["load"] / took["parse"]
    peer = f"python -c json.loads of its {size / 1e6:.0f} MB of JSON, nothing else ({took['parse']:.2f} s)"
    yield Row(f"a capture of {ROLES:,} roles is read back", f"{ratio:.2f}x ({took['load']:.2f} s)",
              f"at most {TIMES:.0f}x", ratio <= TIMES, peer)  # fmt: skip
    times = (peak_bytes(load) - peak_bytes([sys.executable, "-c", "pass"])) / size
    yield Row("its memory", f"{times:.1f}x", f"at most {MEMORY:.0f}x", times <= MEMORY, "the size of its JSON")
