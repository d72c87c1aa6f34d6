"""Rows about CloudTrail: a month of three accounts, a million generated events, asked by us and by what else is there.

All read the same files in turns. "Pure decompression" is libdeflate over every file with as many processes as we use,
the limit that no reader of these files can pass.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from iam_guardrails.adapters.trail_engine.known import HAS_TABLE
from iam_guardrails.adapters.trail_walk import HAS_WALK
from tests.bench.measure import BIN, ROOT, Row, child_environment, command, in_turns
from tests.trail_history import Wanted, write_folder

ACCOUNTS = ("111122223333", "222233334444", "333344445555")
MONTH = Wanted(seed=30, events=1_000_000, accounts=ACCOUNTS, days=30, security=2_000)
ROLE = f"arn:aws:iam::{ACCOUNTS[0]}:role/emergency/{MONTH.role_name}"
PROCESS_MEBIBYTES = 100
TRAILSCRAPER = ROOT / ".venv-peers" / "bin" / "trailscraper"

INFLATE = """
import os, sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
import deflate
def work(names):
    return sum(len(deflate.gzip_decompress(open(name, "rb").read())) for name in names)
if __name__ == "__main__":
    names = [os.path.join(folder, name) for folder, _, files in os.walk(sys.argv[1]) for name in files]
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        print(sum(pool.map(work, [names[at : at + 200] for at in range(0, len(names), 200)])))
"""
PLAIN = """
import gzip, json, os, sys
last, found = {}, []
for folder, _, files in os.walk(sys.argv[1]):
    for name in files:
        for record in json.loads(gzip.open(os.path.join(folder, name)).read())["Records"]:
            identity = record["userIdentity"]
            issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
            key = (issuer.get("arn") or identity.get("arn"), record["eventSource"], record["eventName"])
            last[key] = max(last.get(key, ""), record["eventTime"])
            if record["eventName"].startswith("AssumeRole") or identity.get("type") == "Root":
                found.append(record["eventID"])
print(len(last), len(found))
"""
DUCK = """
import duckdb, sys
duckdb.sql("SET threads = 2")
print(duckdb.sql(f'''
  SELECT r->>'eventSource', r->>'eventName', coalesce(r->>'$.userIdentity.sessionContext.sessionIssuer.arn',
         r->>'$.userIdentity.arn'), max(r->>'eventTime'), count(*)
  FROM (SELECT unnest(Records) AS r FROM read_json('{sys.argv[1]}/**/*.json.gz', columns = {{Records: 'JSON[]'}}))
  GROUP BY ALL''').fetchall().__len__())
"""
JQ = """
zcat "$@" | jq -r '.Records[] | [.eventTime, .eventSource, .eventName, .userIdentity.arn, .errorCode, .eventID] | @tsv'
"""


def trail_rows(base: Path) -> Iterator[Row]:
    """Generate the month under `base`, and measure."""
    tree, cache = base / "month", base / "cache"
    write_folder(MONTH, tree)
    scripts = {name: _script(base / f"{name}.py", text) for name, text in
               (("inflate", INFLATE), ("plain", PLAIN), ("duck", DUCK), ("jq", JQ))}  # fmt: skip

    known, grown = base / "known", base / "cache-of-29"
    _ask_before_the_last_day(tree, base, known)

    def first() -> None:
        shutil.rmtree(cache, ignore_errors=True)
        _ask(tree, cache)()

    def other() -> None:
        shutil.rmtree(cache / "answers")  # as for a question that was not asked before
        _ask(tree, cache)()

    def restore() -> None:
        shutil.rmtree(grown, ignore_errors=True)
        shutil.copytree(known, grown)

    inflate = command([sys.executable, scripts["inflate"], tree])
    zcat = _shell(f"find {tree} -name '*.gz' | xargs zcat | wc -c")
    again = _ask(tree, cache)
    taken = in_turns({"inflate": inflate, "first": first, "again": again, "other": other, "restore": restore,
                      "arrive": _ask(tree, grown), "zcat": zcat}, rounds=5)  # fmt: skip
    ratio = taken["first"] / taken["inflate"]
    limit = f"pure decompression with libdeflate, {_cores()} processes ({taken['inflate']:.2f} s)"
    if not (HAS_TABLE and HAS_WALK):
        limit += "; without the modules in C, as there is no compiler"
    yield Row("a month of CloudTrail, 1 M events, first time", f"{ratio:.2f}x ({taken['first']:.2f} s)", "at most 2.5x",
              ratio <= 2.5, limit)  # fmt: skip
    ratio = taken["zcat"] / taken["first"]
    yield Row("the same", f"{ratio:.1f}x faster", "faster", ratio > 1, f"zcat | wc -c ({taken['zcat']:.2f} s)")
    ratio = taken["first"] / taken["again"]
    yield Row("the same month asked again", f"{ratio:.0f}x faster ({taken['again'] * 1000:.0f} ms)", "at least 25x",
              ratio >= 25, "the first time")  # fmt: skip
    ratio = taken["first"] / taken["other"]
    yield Row("another question about the same month", f"{ratio:.0f}x faster ({taken['other'] * 1000:.0f} ms)", "-",
              None, "the first time")  # fmt: skip
    yield _memory(tree, base / "memory")
    ratio = taken["first"] / taken["arrive"]
    yield Row("one new day on 29 known ones", f"{ratio:.1f}x faster ({taken['arrive'] * 1000:.0f} ms)", "at least 10x",
              ratio >= 10, "the whole month, first time")  # fmt: skip
    yield from _peers(tree, scripts, taken["first"])


def _script(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def _ask(tree: Path, cache: Path) -> Callable[[], None]:
    return command([BIN / "guardrails", "trail", "ask", "last-use", "--source", tree, "--cache", cache, "--role", ROLE,
                    "--format", "csv"])  # fmt: skip


def _shell(text: str) -> Callable[[], None]:
    return command(["bash", "-c", f"set -o pipefail; {text}"])


def _cores() -> int:
    return len(os.sched_getaffinity(0))


PROBE = """
import resource, sys
from pathlib import Path
from iam_guardrails.entry import main
try:
    main()
except SystemExit as end:
    assert end.code in (0, None), end.code
own = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])  # ru_maxrss would be our starter's
for kibibytes in (own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss):
    print(kibibytes // 1024, file=sys.stderr)
"""


def _memory(tree: Path, cache: Path) -> Row:
    words = [sys.executable, "-c", PROBE, "trail", "ask", "last-use", "--source", str(tree), "--cache", str(cache),
             "--role", ROLE, "--format", "csv"]  # fmt: skip
    ran = subprocess.run(words, cwd=ROOT, env=child_environment(), capture_output=True, text=True, check=True)
    parent, child = (int(line) for line in ran.stderr.splitlines()[-2:])
    return Row("the same, memory of a process", f"{parent} MiB, {child} MiB", f"at most {PROCESS_MEBIBYTES} MiB",
               max(parent, child) <= PROCESS_MEBIBYTES, "-")  # fmt: skip


def _ask_before_the_last_day(tree: Path, base: Path, known: Path) -> None:
    """Ask when the last day has not come yet, so that `known` holds what is kept of the other 29."""
    last = MONTH.day(MONTH.days - 1).replace("-", "/")
    days = list(tree.glob(f"AWSLogs/*/CloudTrail/*/{last}"))
    aside = base / "aside"
    aside.mkdir()
    for number, path in enumerate(days):
        path.rename(aside / str(number))
    _ask(tree, known)()
    for number, path in enumerate(days):
        (aside / str(number)).rename(path)


def _peers(tree: Path, scripts: dict[str, Path], first: float) -> Iterator[Row]:
    peers: list[tuple[str, Callable[[], None] | None]] = [
        ("a plain loop with gzip and json, one process", command([sys.executable, scripts["plain"], tree])),
        ("jq, xargs -P2, six fields",
         _shell(f"find {tree} -name '*.gz' -print0 | xargs -0 -P2 -n64 sh {scripts['jq']} | wc -l")
         if shutil.which("jq") else None),
        ("DuckDB read_json, threads = 2, last use only",
         command([sys.executable, scripts["duck"], tree]) if find_spec("duckdb") else None),
        ("trailscraper select, one role",
         command([TRAILSCRAPER, "select", "--log-dir", tree, "--filter-assumed-role-arn", ROLE])
         if TRAILSCRAPER.exists() else None),
    ]  # fmt: skip
    for name, action in peers:
        if action is None:
            how = ": `make install-peers` installs it" if name.startswith("trailscraper") else ""
            yield Row("the month, first time", "not measured", "-", None, f"{name}, because it is not installed{how}")
            continue
        seconds = in_turns({name: action}, rounds=1, warm_up=False)[name]
        yield Row("the month, first time", f"{seconds / first:.1f}x faster", "-", None, f"{name} ({seconds:.1f} s)")
