"""Rows about evidence: how long `trail verify` takes, compared with only unpacking and hashing the same log files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measure import Row, command, in_turns
from tests.trail_history import Signer, Wanted, write_folder

MOST = 2.0
WANTED = Wanted(events=60_000, days=10, accounts=("111122223333", "444455556666"))


def evidence_rows(folder: Path) -> Iterator[Row]:
    """Ten days of two accounts and two Regions, with their digest files."""
    folder.mkdir(exist_ok=True)
    signer = Signer()
    truth = write_folder(WANTED, folder / "store", signer)
    (folder / "keys.json").write_text(json.dumps(signer.public_keys()))
    verify = [sys.executable, "-m", "iam_guardrails", "trail", "verify", folder / "store"]
    peer = "find … -name '*_CloudTrail_*' | xargs zcat | sha256sum"
    plain = peer.replace("…", f"'{folder}/store'").replace("xargs", "xargs -r")
    took = in_turns({
        "ours": command([*verify, "--public-keys", folder / "keys.json"]), "peer": command(["sh", "-c", plain]),
    }, rounds=5)  # fmt: skip
    ratio = took["ours"] / took["peer"]
    what = f"trail verify of {len(truth.keys):,} log files and their digest files, whole process"
    measured = f"{ratio:.2f}x ({took['ours']:.1f} s)"
    yield Row(what, measured, f"at most {MOST:g}x", ratio <= MOST, f"{peer} ({took['peer']:.1f} s)")
