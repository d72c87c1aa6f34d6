"""The walk in C (walk.c) against the one in Python, when memory, threads or time are short, and under sanitizers."""

from __future__ import annotations

import errno
import os
import shutil
import struct
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.trail_history import Wanted, write_folder

from iam_guardrails import entry
from iam_guardrails.adapters import trail_folders, trail_walk
from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.adapters.trail_objects import StoredObject
from iam_guardrails.cli import READING
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.value import changed

needs_walk = pytest.mark.skipif(not trail_walk.HAS_WALK, reason="walk.c was not built here: there is no C compiler")
SOURCE = Path(trail_folders.__file__).with_name("walk.c")
WHY = ("is a link to a folder that holds it; remove the link",
       "cannot be listed (File name too long); make it readable")  # fmt: skip
FAR = 10_000_000_000  # seconds: in the year 2286, which no 64 bits of nanoseconds hold


def looked(root: str) -> dict[str, tuple[str, list[StoredObject]]] | str:
    """What is found, or why nothing is."""
    try:
        return {look.key: (look.signature, sorted(look.files())) for look in trail_folders.looks(root)}
    except Problem as problem:
        return str(problem)


def both(root: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, list[StoredObject]]] | str:
    """What is found with C: the same files as without it; of several things that are wrong, which is told is open."""
    found = looked(root)
    with monkeypatch.context() as patch:
        patch.setattr(trail_walk, "HAS_WALK", False)
        plain = looked(root)
    if isinstance(found, str) and isinstance(plain, str):
        assert [why for why in WHY if found.endswith(why)] == [why for why in WHY if plain.endswith(why)] != []
    else:
        assert isinstance(found, dict) and isinstance(plain, dict)
        assert {key: files for key, (_, files) in found.items()} == {key: files for key, (_, files) in plain.items()}
    return found


NAMES = ["a", "b", "a.gz", "a.metadata.json", "a.gz.metadata.json", ".metadata.json", "\udce4", "\\xe4", "é", "\n", " ",
         "-", "..."]  # fmt: skip
KINDS = ["file", "file", "folder", "folder", "to nothing", "to itself", "to a file", "to a folder", "up", "pipe"]


def put(path: str, kind: str, target: str) -> None:
    """A thing of this kind. target: the path of another thing, whatever that is."""
    if kind == "folder":
        os.mkdir(path)  # noqa: PTH102 - names that are no text
    elif kind == "file":
        with open(path, "wb") as file:  # noqa: PTH123 - as above
            file.write(b"1" * len(path))
        os.utime(path, (FAR, FAR if len(path) % 2 else -1))
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        whither = {"to nothing": "gone", "to itself": os.path.basename(path), "up": ".."}  # noqa: PTH119 - as above
        os.symlink(whither.get(kind, target), path)  # noqa: PTH211 - as above


@needs_walk
@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(NAMES), st.sampled_from(KINDS)), max_size=14))
@example([(0, "a", "folder"), (0, "a.metadata.json", "file")])
@example([(0, "a", "file"), (0, "a.metadata.json", "to nothing")])
@example([(0, "a", "folder"), (1, "b", "up")])
def test_any_tree_is_found_alike(things: list[tuple[int, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as top, pytest.MonkeyPatch.context() as monkeypatch:
        root = f"{top}/in"
        os.mkdir(root)  # noqa: PTH102
        folders, paths = [root], [root]
        for number, name, kind in things:
            path = f"{folders[number % len(folders)]}/{name}"
            if not os.path.lexists(path):
                put(path, kind, paths[number % len(paths)])
                paths.append(path)
                folders += [path] * (kind == "folder")
        found = both(root, monkeypatch)
        if isinstance(found, dict):
            listed = {item.key for item in FolderObjects(root).list()}
            assert {item.key for _, items in found.values() for item in items} == listed
        else:
            assert found.endswith(WHY[0])


def changes(folder: Path) -> Iterator[str]:
    """Changes one thing in a folder after another, and says which."""
    for number in range(3):
        (folder / f"{number}").write_text("12345678" * number)
    (folder / "to nothing").symlink_to("gone")
    yield "new files"
    (folder / "1").write_text("12345679")
    yield "the content, with the times that belong to it"
    os.utime(folder / "1", ns=(1, 1))
    yield "the time of the content"
    (folder / "1").chmod(0o600)
    yield "a time that nobody can set"
    for before, after in (("0", "x"), ("2", "0"), ("x", "2")):
        (folder / before).rename(folder / after)
    yield "two names that are exchanged"
    (folder / "0").rename(folder / "3")
    yield "a name"
    (folder / "to nothing").rename(folder / "to nothing ")
    yield "a name of what is not there"
    (folder / "3").unlink()
    yield "one file less"
    for length in range(1, 30):
        (folder / ("x" * length)).write_text("")
        yield f"one file more, with a name of {length}"


@pytest.mark.parametrize("way", [pytest.param(True, marks=needs_walk), False])
def test_whatever_changes_in_a_folder_changes_its_signature(
    way: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail_walk, "HAS_WALK", way)
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "file").write_text("")
    folder = tmp_path / "folder"
    folder.mkdir()
    signatures = {}
    for what in changes(folder):
        found, again = looked(str(tmp_path)), looked(str(tmp_path))
        assert isinstance(found, dict) and found == again
        signatures[what] = {key: signature for key, (signature, _) in found.items()}
    assert len({those["folder/"] for those in signatures.values()}) == len(signatures) == 37
    assert len({(those[""], those["beside/"]) for those in signatures.values()}) == 1


@needs_walk
def test_what_was_read_stays_known_where_c_is_there_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(Wanted(seed=3, events=60, days=2), tmp_path / "in")
    engine = Engine(FolderObjects(str(tmp_path / "in")), str(tmp_path / "cache"), frozenset(), lambda _: None, 1)
    first = engine.ask(Window()).coverage
    monkeypatch.setattr(trail_walk, "HAS_WALK", False)
    engine = Engine(FolderObjects(str(tmp_path / "in")), str(tmp_path / "cache"), frozenset(), lambda _: None, 1)
    assert engine.ask(Window()).coverage == changed(first, fresh=0, read=0) and first.fresh


@needs_walk
@pytest.mark.parametrize("form", ["{}", "{}/", "{}//", "link", "in", "./in/."])
def test_a_root_may_be_written_in_any_way(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in" / "a").mkdir(parents=True)
    (tmp_path / "in" / "a" / "b").write_text("")
    (tmp_path / "link").symlink_to("in")
    monkeypatch.chdir(tmp_path)
    found = both(form.format(tmp_path / "in"), monkeypatch)
    assert isinstance(found, dict) and list(found) == ["", "a/"] and [item.key for item in found["a/"][1]] == ["a/b"]


@needs_walk
def test_times_and_inodes_that_64_bits_do_not_hold_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    (tmp_path / "file").write_text("")
    for seconds in (FAR, FAR + 1, -FAR):
        os.utime(tmp_path / "file", (seconds, seconds))
        found = both(str(tmp_path), monkeypatch)
        assert isinstance(found, dict)
        seen.append(found[""][0])
    assert len(set(seen)) == 3
    packed = trail_folders._packed([1, FAR * 10**9, 3, 2**64 - 1])
    assert struct.unpack(trail_folders._NUMBERS, packed)[3] == 2**64 - 1


@needs_walk
def test_a_tree_that_is_too_deep_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(25):
        os.mkdir("a" * 200)  # noqa: PTH102
        os.chdir("a" * 200)
    try:
        found = both(str(tmp_path), monkeypatch)
        assert isinstance(found, str) and found.endswith(WHY[1])
    finally:
        os.chdir(tmp_path)
        subprocess.run(["rm", "-rf", "a" * 200], check=True)


@needs_walk
@pytest.mark.parametrize("made", ["link", "deep"])
def test_a_circle_below_very_many_files_is_named(made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a folder with more than may be told Python takes over, and knows around what it lies."""
    many = tmp_path / "outer" / "many"
    many.mkdir(parents=True)
    for number in range(20):
        (many / f"{number:050}").write_text("")
    (many / "in").mkdir()
    up = many / "up" if made == "link" else many / "in" / "up"
    up.symlink_to(tmp_path / "outer")
    monkeypatch.setattr(trail_folders, "MOST_BYTES", 400)
    assert both(str(tmp_path), monkeypatch) == f"{up} {WHY[0]}"


@needs_walk
def test_folders_without_files_count_as_ready_too(tmp_path: Path) -> None:
    """A walk begun in vain through any number of folders holds no more than it may."""
    from iam_guardrails.adapters._walk import Walk

    for number in range(50):
        (tmp_path / f"{number}").mkdir()
    walk = Walk(str(tmp_path), 1 << 20, 1)
    assert next(walk)[0] == ""
    time.sleep(0.1)
    for number in range(50):
        (tmp_path / f"{number}").rmdir()
    assert [failed for *_, failed in walk].count(errno.ENOENT) >= 48


@needs_walk
def test_a_folder_that_vanishes_meanwhile_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    looks = trail_folders.looks(str(tmp_path))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(trail_walk, "MOST_READY", 0)
        next(looks)
        (tmp_path / "a").rmdir()
        (tmp_path / "b").rmdir()
        with pytest.raises(Problem, match="cannot be listed \\(No such file or directory\\)"):
            list(looks)


@needs_walk
def test_a_forked_process_cannot_go_on_with_a_walk(tmp_path: Path) -> None:
    from iam_guardrails.adapters._walk import Walk

    for number in range(200):
        (tmp_path / f"{number}").mkdir()
    walk = Walk(str(tmp_path), 1 << 20, 1 << 20)
    child = os.fork()
    if not child:
        code = 1
        try:
            next(walk)
        except RuntimeError:
            walk.close()
            del walk
            code = 0
        os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert len(list(walk)) == 201


ODD = """
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
atomic_int slow, alone;         /* microseconds for every file; whether no thread can be made */
atomic_long held, given = -1;   /* pieces of memory; how many there are before one is refused */
static void *counted(void *piece) { if (piece) held++; return piece; }
static int refused(void) { return given >= 0 && given-- == 0; }
static void *own_malloc(size_t size) { return refused() ? NULL : counted(malloc(size)); }
static void *own_calloc(size_t count, size_t size) { return refused() ? NULL : counted(calloc(count, size)); }
static char *own_strdup(const char *text) { return refused() ? NULL : counted(strdup(text)); }
static void *own_realloc(void *piece, size_t size) {
    if (refused()) return NULL;
    void *moved = realloc(piece, size);
    return piece ? moved : counted(moved);
}
static void own_free(void *piece) { if (piece) held--; free(piece); }
static int own_fstatat(int folder, const char *name, struct stat *found, int flags) {
    if (slow) usleep((useconds_t)slow);
    return fstatat(folder, name, found, flags);
}
static int own_create(pthread_t *thread, const pthread_attr_t *how, void *(*begin)(void *), void *with) {
    return alone ? EAGAIN : pthread_create(thread, how, begin, with);
}
#define malloc own_malloc
#define calloc own_calloc
#define strdup own_strdup
#define realloc own_realloc
#define free own_free
#define fstatat own_fstatat
#define pthread_create own_create
"""
BEGIN = """
import ctypes, errno, itertools, os, signal, sys, threading, time
sys.path.insert(0, sys.argv[1])
import _walk
from _walk import Walk
root = sys.argv[2]
odd = {name: kind.in_dll(ctypes.CDLL(_walk.__file__), name)
       for name, kind in (("slow", ctypes.c_int), ("alone", ctypes.c_int),
                          ("held", ctypes.c_long), ("given", ctypes.c_long))}
def drain(walk):
    for _ in walk:
        pass
"""
EVERYWHERE = """
whole = sorted(Walk(root, 1 << 20, 1 << 20))
assert len(whole) == 43, len(whole)
for ready, most in itertools.product((0, 1, 1 << 20), (0, 200, 1 << 20)):
    list(Walk(root, most, ready))
    for taken in range(0, 45, 4):
        walk = Walk(root, most, ready)
        list(itertools.islice(walk, taken))
        if taken % 8:
            walk.close()
            walk.close()
            assert list(walk) == []
        del walk
for number in range(60):
    walk = Walk(root, 1 << 20, 2000)
    several = [threading.Thread(target=drain, args=(walk,)) for _ in range(3)]
    several += [threading.Thread(target=walk.close) for _ in range(2 * (number % 2))]
    for one in several:
        one.start()
    for one in several:
        one.join()
    del walk, several, one
odd["alone"].value = 1
assert sorted(Walk(root, 1 << 20, 1 << 20)) == whole
walk = Walk(root, 1 << 20, 1 << 20)
next(walk)
walk.close()
assert list(walk) == [], "closed, though it has no thread"
del walk
"""
SHORT = """
odd["alone"].value = 1
for given in range(2000):
    odd["given"].value = given
    try:
        found = sorted(Walk(root, 1 << 20, 1 << 20))
    except MemoryError:
        assert given < 5
        continue
    if odd["given"].value >= 0:
        break
    assert any(failed == errno.ENOMEM for *_, failed in found), given
assert found == whole and given > 100
odd["alone"].value, odd["given"].value = 0, -1
"""
END = """
until = time.monotonic() + 20
while odd["held"].value and time.monotonic() < until:
    time.sleep(0.01)  # nobody waits for a thread
assert odd["held"].value == 0, odd["held"].value
left = Walk(root, 1 << 20, 100)
print("walked")
"""
SLOW = """
class Left(Exception):
    pass
def leave(*_):
    raise Left
signal.signal(signal.SIGALRM, leave)
odd["slow"].value = 10_000
for alone in (0, 1):
    odd["alone"].value = alone
    began = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    walk = Walk(root, 1 << 20, 1 << 20)
    try:
        drain(walk)
        raise SystemExit("it was not left")
    except Left:
        pass
    walk.close()
    assert time.monotonic() - began < 2.5, "it was left late"
signal.signal(signal.SIGALRM, lambda *_: None)
odd["slow"].value = 1_000
signal.setitimer(signal.ITIMER_REAL, 0.1)
assert len(list(Walk(root, 1 << 20, 1 << 20))[0][1].split(b"\\0")) == 400, "what raises nothing ends nothing"
odd["alone"].value, odd["slow"].value = 0, 60_000_000  # as a disk that answers no more
walk = Walk(root, 1 << 20, 1 << 20)
time.sleep(0.1)
walk.close()
del walk
left = Walk(root, 1 << 20, 1 << 20)
time.sleep(0.1)
print("left")
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """43 folders, seven files in each of the innermost 30."""
    for outer in range(12):
        for inner in range(3 if outer % 2 else 2):
            folder = tmp_path / "in" / f"{outer}" / f"{inner}"
            folder.mkdir(parents=True)
            for number in range(7):
                (folder / f"file {number}").write_text("")
    return tmp_path / "in"


def run_built(checks: list[str], library: str, script: str, root: Path, folder: Path, **variables: str) -> str:
    """What a script prints that is given walk.c, built with these checks. library: theirs, loaded before Python."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        pytest.skip("there is no C compiler here")
    loaded = ""
    if library:
        asked = [compiler, f"-print-file-name={library}"]
        loaded = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
        if not Path(loaded).is_absolute():
            pytest.skip(f"the C compiler here has no {library}")
    built = folder / "built"
    built.mkdir()
    (folder / "odd.h").write_text(ODD)
    (folder / "script.py").write_text(BEGIN + script)
    headers = sysconfig.get_paths()["include"]
    made = [*checks, "-g", "-O1", "-shared", "-fPIC", "-pthread", f"-I{headers}", "-include", str(folder / "odd.h")]
    subprocess.run([compiler, *made, str(SOURCE), "-o", str(built / "_walk.abi3.so")], check=True)
    environment = {**os.environ, **variables, **({"LD_PRELOAD": loaded} if loaded else {})}
    if loaded:
        first = subprocess.run([sys.executable, "-c", ""], env=environment, capture_output=True, text=True, check=False)
        if first.returncode:
            pytest.skip(f"{library} does not run here: {first.stderr[-200:]}")
    words = [sys.executable, str(folder / "script.py"), str(built), str(root)]
    ran = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@needs_walk
def test_no_address_is_wrong_and_no_memory_lost(tree: Path, tmp_path: Path) -> None:
    """Under the address and undefined behaviour sanitizers; also where memory is refused, at every place."""
    checks = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    (tree / "far").write_text("")
    os.utime(tree / "far", (FAR, FAR))
    assert run_built(
        checks, "libasan.so", EVERYWHERE + SHORT + END, tree, tmp_path, PYTHONMALLOC="malloc",
        ASAN_OPTIONS="detect_leaks=0", UBSAN_OPTIONS="print_stacktrace=1",
    ) == "walked\n"  # fmt: skip


@needs_walk
def test_no_two_threads_are_at_one_place(tree: Path, tmp_path: Path) -> None:
    """Under the thread sanitizer."""
    ran = run_built(["-fsanitize=thread"], "libtsan.so", EVERYWHERE + END, tree, tmp_path, TSAN_OPTIONS="exitcode=66")
    assert ran == "walked\n"


@needs_walk
def test_a_folder_on_a_slow_disk_can_be_left(tmp_path: Path) -> None:
    """As by Ctrl-C, whoever looks at it."""
    (tmp_path / "in").mkdir()
    for number in range(400):
        (tmp_path / "in" / f"{number}").write_text("")
    began = time.monotonic()
    assert run_built([], "", SLOW, tmp_path / "in", tmp_path) == "left\n"
    assert time.monotonic() - began < 50, "the end of the process waited for the disk"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["no-question", "--source", "/usr"], 2, "no-question"), (["--source", "/usr"], 2, "required: NAME"),
        (["last-use", "--output", "--source", "/usr"], 2, "expected one argument"),
        (["last-use", "--source=/usr", "--engine", "athena"], 2, "leave one of them out"),
        (["last-use", "--source", "/usr", "--help"], 0, ""),
    ],
)  # fmt: skip
def test_a_walk_in_vain_keeps_nobody_waiting(words: list[str], code: int, said: str) -> None:
    started = time.monotonic()
    command = [sys.executable, "-m", "iam_guardrails", "trail", "ask", *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == code and said in ran.stderr and "Traceback" not in ran.stderr
    assert time.monotonic() - started < 20


INTERRUPTED = """
import os, signal, sys
from iam_guardrails import entry
from iam_guardrails.adapters import trail_folders, trail_listing
def looks(root):
    for look in trail_folders.looks(root):
        os.kill(os.getpid(), signal.SIGINT)
        yield look
trail_listing.looks = looks
sys.exit(entry.main())
"""


def test_a_question_that_is_interrupted_while_it_walks_ends_in_one_sentence(tree: Path, tmp_path: Path) -> None:
    words = ["trail", "ask", "last-use", "--source", str(tree), "--cache", str(tmp_path / "cache")]
    command = [sys.executable, "-c", INTERRUPTED, *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == f"guardrails: {READING}\n" and "journey" not in ran.stderr


@pytest.mark.parametrize("where", ["iam_guardrails.adapters.trail_walk.begin", "iam_guardrails.cli.main"])
def test_who_interrupts_while_the_program_loads_reads_one_sentence(
    where: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["guardrails", "--version"])
    monkeypatch.setattr(where, interrupted)
    assert entry.main() == 2
    assert capsys.readouterr().err == "guardrails: interrupted; run the command again\n"
