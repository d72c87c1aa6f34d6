"""Secrets in the files that git tracks, found by bc-detect-secrets, in checkov's environment because that pins it.

Sources: bc-detect-secrets and detect-secrets, README (plugins, filters, the baseline file and its `is_secret`).
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.files import read_text, write_atomic
from iam_guardrails.adapters.git import git_output
from iam_guardrails.adapters.secret_scan_cache import cache_key, read_cache, write_cache
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.repository import Baseline, Scanned, Spot, weighed
from iam_guardrails.model.value import frozen

WORKER = Path(__file__).with_name("secret_scan_worker.py")
BASELINE = ".secrets.baseline"
SCANNER = "bc-detect-secrets"
CACHE = "secrets.json"
SECONDS = 900
_LINK, _MODULE = "120000", "160000"
_OWN = ("detect_secrets.filters.heuristic.", "detect_secrets.filters.regex.", "detect_secrets.filters.allowlist.",
        "detect_secrets.filters.common.")  # fmt: skip


@frozen
class Scan:
    """What the scanner told, before it is held against the baseline. root: of the repository.

    settings: the scanner's plugins and filters, as its baseline holds them.
    """

    root: Path
    baseline: Baseline
    spots: tuple[Spot, ...]
    files: int
    notes: tuple[str, ...]
    scanner: str
    settings: Mapping[str, Any]

    @property
    def scanned(self) -> Scanned:
        """Against the baseline."""
        return weighed(self.spots, self.baseline, self.files, self.notes, self.scanner)


def scan(folder: Path, python: Path | None, environ: Mapping[str, str], cache: Path | None = None) -> Scan:
    """Scan the repository that holds a folder. python: of the scanner's environment, None where there is none.

    environ: of this process.  cache: a file; what was scanned once is not scanned again. Raises Problem where
    git, the scanner or the baseline cannot be used, or a file was not scanned: a scan of some files only is none.
    """
    root, files, notes = tracked(folder)
    if python is None:
        raise Problem("the scanner of secrets is not installed; run: make install")
    baseline = read_baseline(root)
    answer = _answer(root, files, baseline, python, environ, cache)
    if failed := answer["failed"]:
        name, why = next(iter(failed.items()))
        raise Problem(f"the scanner of secrets cannot read {len(failed)} files, {name} among them ({why})")
    spots = tuple(Spot(one["file"], one["line"], one["kind"], one["hashed"]) for one in answer["found"])
    binary = answer["binary"]
    notes += [f"{len(binary)} files are no text and were not looked into, e.g. {binary[0]}"] if binary else []
    return Scan(root, baseline, spots, len(files) - len(binary), tuple(notes), f"{SCANNER} {answer['version']}",
                answer["settings"])  # fmt: skip


def _answer(
    root: Path, files: list[str], baseline: Baseline, python: Path, environ: Mapping[str, str], cache: Path | None
) -> Any:  # fmt: skip
    """The worker's answer over all files, of which only those that are not in the cache are put to it."""
    digests = {name: _digest(root, name) for name in files}
    key = cache_key(python, baseline, WORKER)
    known = read_cache(cache, key)
    fresh = [name for name in files if digests[name] not in known]
    request = {"root": str(root), "files": fresh, "plugins": baseline.plugins, "filters": baseline.filters}
    answer = _ran(python, json.dumps(request), environ)
    made: dict[str, Any] = {digests[name]: {"found": [], "binary": name in set(answer["binary"])} for name in fresh}
    for one in answer["found"]:
        made[digests[one["file"]]]["found"].append(one)
    now = {digest: {**known, **made}[digest] for digest in digests.values()}
    if cache is not None and not answer["failed"]:
        write_cache(cache, key, now)
    every = [(name, now[digest]) for name, digest in digests.items()]
    return {
        **answer, "found": [one for _, each in every for one in each["found"]],
        "binary": [name for name, each in every if each["binary"]],
    }  # fmt: skip


def _digest(root: Path, name: str) -> str:
    try:
        content = (root / name).read_bytes()
    except OSError as error:
        raise Problem(f"{root / name} cannot be read ({error.strerror}), so that it is not scanned") from None
    return hashlib.sha256(name.encode("utf-8", "surrogateescape") + b"\0" + content).hexdigest()


def tracked(folder: Path) -> tuple[Path, list[str], list[str]]:
    """The root of the repository that holds a folder, its tracked files, what is not looked into. Raises Problem."""
    root = Path(_git(folder, "rev-parse", "--show-toplevel").rstrip("\n"))
    files, links, modules, gone = list[str](), 0, 0, 0
    for line in filter(None, _git(root, "ls-files", "--stage", "-z").split("\0")):
        mode, _, name = line.partition(" ")[0], *line.partition("\t")[1:]
        links, modules = links + (mode == _LINK), modules + (mode == _MODULE)
        if mode not in (_LINK, _MODULE) and name != BASELINE:
            there = (root / name).is_file()
            files, gone = files + [name] * there, gone + (not there)
    told = ((links, "are links"), (modules, "are other repositories"), (gone, "are not in the working tree"))
    return root, files, [f"{number} tracked files {what} and were not looked into" for number, what in told if number]


def _git(folder: Path, *words: str) -> str:
    return git_output(folder, *words, fails="git does not tell which files it tracks").decode(
        "utf-8", "surrogateescape"
    )


def _ran(python: Path, request: str, environ: Mapping[str, str]) -> Any:
    kept = {
        name: value for name, value in environ.items() if not name.startswith(("BC_", "PRISMA_", "AWS_", "CHECKOV_"))
    }
    kept["CHECKOV_MAX_LINE_LENGTH"] = "1000000000"  # else a long line is left out without a word
    try:
        ran = subprocess.run([str(python), "-I", "-X", "utf8", str(WORKER)], input=request, env=kept,
                             capture_output=True, text=True, timeout=SECONDS, check=False)  # fmt: skip
        if ran.returncode == 0:
            return json.loads(ran.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise Problem(f"the scanner of secrets could not be run ({type(error).__name__})") from None
    last = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
    raise Problem(f"the scanner of secrets ended with code {ran.returncode}: {last[:200]}; run: make install")


def read_baseline(root: Path) -> Baseline:
    """The baseline of a repository; the scanner's defaults where it has none. Raises Problem.

    A plugin or filter of the repository's own is refused: it would be a program that a pull request brings along.
    """
    path = root / BASELINE
    if not path.exists():
        return Baseline()
    try:
        content = json.loads(read_text(path, "the baseline of secrets"))
        plugins, filters = tuple(content["plugins_used"]), tuple(content["filters_used"])
        entries = tuple(one for listed in content["results"].values() for one in listed)
        found = Baseline(plugins, filters, entries)
        strange = [one["path"] for one in plugins if "path" in one]
        strange += [one["path"] for one in filters if not one["path"].startswith(_OWN)]
        _ = found.by_key
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Problem(f"{path} is no baseline of detect-secrets ({type(error).__name__}: {error})") from None
    if strange:
        raise Problem(f"{path} names a plugin or filter that is not the scanner's own, and is not run: {strange[0]}")
    return found


def write_baseline(scanned: Scan, entries: Iterable[Mapping[str, Any]]) -> Path:
    """Write the baseline anew, with the settings it had; returns its file. Raises Problem."""
    results: dict[str, list[Mapping[str, Any]]] = {}
    for one in entries:
        results.setdefault(str(one["filename"]), []).append(one)
    content = {"version": scanned.scanner.rpartition(" ")[2], **scanned.settings, "results": results}
    path = scanned.root / BASELINE
    write_atomic(path, json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", mode=0o644)
    return path
