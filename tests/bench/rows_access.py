"""Rows about a whole account: who can read each of 400 secrets, of 10,000 roles and 500 users."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.account_file import write_account, write_resources
from tests.bench.measure import ROOT, Row, child_environment, command, in_turns

ROLES, SECRETS, ROUNDS = 10_000, 400, 9
TIMES, MEMORY = 2.0, 10.0
FORMS = {"json": 15.0, "csv": 22.0}  # all pairs with their chains, of which CSV has 670,000 lines
ACTION = "secretsmanager:GetSecretValue"


def access_rows(base: Path) -> Iterator[Row]:
    """Time against parsing the same file with the standard library's json, and memory against the file's size."""
    base.mkdir(parents=True, exist_ok=True)
    account = base / "account.json"
    size = write_account(account, ROLES, indent=4)  # as the AWS CLI prints it
    listed, policies = write_resources(base, SECRETS)
    ask = [sys.executable, "-m", "iam_guardrails", "access", "who-can", "--action", ACTION, "--resources-file", listed,
           "--resource-policies", policies, "--authorization-details", account,
           "--output", base / "answer.txt"]  # fmt: skip
    parse = [sys.executable, "-c", f"import json; json.loads(open({str(account)!r}).read())"]
    nothing = [sys.executable, "-c", "pass"]
    took = in_turns(
        {
            "parse": command(parse),
            "direct": command([*ask, "--direct-only"]),
            "whole": command(ask),
            **{form: command([*ask, "--format", form]) for form in FORMS},
        },
        ROUNDS,
    )
    peer = f"python -c json.loads of the same {size / 1e6:.0f} MB, nothing else ({took['parse']:.2f} s)"
    who = f"who can read {SECRETS} secrets, {ROLES:,} roles"
    told = {form: f"{who}, all of it as {form.upper()}" for form in FORMS}
    texts = {"direct": f"{who}, --direct-only", "whole": f"{who}, through roles and policies too", **told}
    for name, text in texts.items():
        ratio = took[name] / took["parse"]
        figure = f"{ratio:.2f}x ({took[name]:.2f} s)"
        most = FORMS.get(name, TIMES)
        yield Row(text, figure, f"at most {most:.0f}x", ratio <= most, peer)
    bare = peak_bytes(nothing)
    for words, text in (
        ([*ask, "--direct-only"], "its memory, --direct-only"),
        (ask, "its memory, all of it"),
        *(([*ask, "--format", form], f"its memory, as {form.upper()}") for form in FORMS),
    ):
        times = (peak_bytes(words) - bare) / size
        yield Row(text, f"{times:.1f}x", f"at most {MEMORY:.0f}x", times <= MEMORY, "the size of the file")


_PEAK = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def peak_bytes(words: Sequence[str | Path]) -> int:
    """The most memory that a command held at once. Raises when the command fails.

    A small process starts it: a child begins with the memory of its parent, and this one holds much.
    """
    ran = subprocess.run([sys.executable, "-c", _PEAK, *map(str, words)], cwd=ROOT, env=child_environment(), check=True,
                         stdin=subprocess.DEVNULL, capture_output=True, text=True)  # fmt: skip
    return int(ran.stdout) * 1024
