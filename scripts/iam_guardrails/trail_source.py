"""Where records of CloudTrail come from: the options that name a source and an engine, and both opened."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:
    from iam_guardrails.adapters.aws.session import Session
    from iam_guardrails.adapters.trail_answers import KeptAnswers
    from iam_guardrails.adapters.trail_listing import Listing
    from iam_guardrails.journeys import trail_ask
    from iam_guardrails.model.expected import Expected
    from iam_guardrails.model.incident.reach import Reach
    from iam_guardrails.model.trail.questions.all import Question
    from iam_guardrails.model.trail.window import Days, Window

Progress = Callable[[str], None]
LAKE_OPTIONS = {
    "workgroup": "Athena's workgroup, which limits what a query may read",
    "database": "the database of the table",
    "table": "the table of CloudTrail's files",
    "region": "the Region of the workgroup",
    "lake-account": "an account to read; may be repeated",
    "lake-region": "a Region whose events to read; may be repeated",
}
SANDBOX_HELP = "read from the embedded AWS, in ENV's account (--config defaults to ENV's)"
_RECORDS = ("lookup:", "logs:")
_VALUED = (
    "source", "since", "until", "session", "role", "config", "cache", "output", "sandbox", "parquet", "public_keys",
    "store", "profile",
    *LAKE_OPTIONS,
)  # fmt: skip
BASELINE_DAYS = 30


def refuse_empty(given: argparse.Namespace) -> None:
    """Raise Problem where an option has a value that says nothing, as an unset variable of a shell gives it: it would
    be answered as if the option were not there."""
    for name in _VALUED:
        value = getattr(given, name.replace("-", "_"), None)
        texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        if not all(one.strip() for one in texts):
            from iam_guardrails.model.problem import Problem

            if name == "source" and getattr(given, "action", "") == "verify":
                raise Problem("SOURCE is empty; say what to verify")
            raise Problem(f"--{name.replace('_', '-')} is empty; give it a value or leave it out")


def is_folder(given: argparse.Namespace) -> bool:
    """Whether the options name a folder of files. given: the options of `declare_source` and `declare_engine`."""
    return given.engine != "athena" and bool(given.source) and not asks_aws(given.source)


def keeps_facts(given: argparse.Namespace) -> bool:
    """Whether what is read is kept, by several processes: of files. given: as `is_folder`."""
    return given.engine != "athena" and not str(given.source).startswith(_RECORDS)


def declare_source(made: argparse.ArgumentParser, otherwise: str = "") -> None:
    """The option that names a source. otherwise: what is read without it, for the help."""
    made.add_argument("--source", metavar="SOURCE",
                      help="a folder of CloudTrail's files, s3://bucket/prefix, lookup:REGION,… (LookupEvents) or"
                      f" logs:GROUP@REGION (a trail's log group){otherwise}")  # fmt: skip


def declare_engine(made: argparse.ArgumentParser, config: str = "--config") -> None:
    """The options of the engines. config: what holds the table [trail_lake], for the help."""
    made.add_argument("--cache", metavar="FOLDER", help="where facts are kept (default: the user's cache folder)")
    made.add_argument("--engine", choices=("embedded", "athena"), default="embedded",
                      help="embedded reads --source itself; athena asks the module trail-lake's table")  # fmt: skip
    lake = made.add_argument_group("of --engine athena", f"each else from the table [trail_lake] of {config}")
    for name, meaning in LAKE_OPTIONS.items():
        repeated = name.startswith("lake-")
        lake.add_argument(f"--{name}", metavar="NAME", help=meaning, action="append" if repeated else "store")
    made.add_argument(
        "--processes", metavar="N", type=_processes, default=0, help="how many read (default: one per core)"
    )


def _processes(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes, 0 (one per core) or more")
    return int(text)


def asks_aws(source: str | None) -> bool:
    """Whether a source is in AWS, and no folder."""
    return bool(source) and str(source).startswith((*_RECORDS, "s3://"))


def open_source(
    given: argparse.Namespace, source: str | None, question: str, roles: frozenset[tuple[str, str]],
    progress: Progress, variables: Mapping[str, str], *, by_day: bool = True,
) -> tuple[trail_ask.Engine, str]:  # fmt: skip
    """What answers `question`, and what the answer calls its source. Raises Problem.

    given: the options of `declare_engine`, and `config`.  source: that of `declare_source`.  roles: (account, name)
    of the roles of which everything is kept.  variables: the process environment, for AWS.  by_day: whether Athena is
    also asked what only journeys need to know (adapters.trail_sql.binding.bound).
    """
    from iam_guardrails.model.problem import Problem

    if given.engine == "athena":
        return _athena(given, question, progress, variables, by_day=by_day)(roles)
    if not source:
        raise Problem("say with --source what to read: a folder of CloudTrail's files, or s3://bucket/prefix")
    if source.startswith(_RECORDS):
        from iam_guardrails.adapters.aws.trail_records import record_source
        from iam_guardrails.adapters.trail_engine.records import RecordEngine

        return RecordEngine(record_source(source, lambda region: _session(variables, region), progress), roles), source
    return _embedded(given, source, roles, progress, variables), _name(source)


def open_kept(
    given: argparse.Namespace, asked: Callable[[], tuple[Question, Window]], roles: frozenset[tuple[str, str]],
    progress: Progress, variables: Mapping[str, str],
) -> tuple[KeptAnswers | None, Callable[[], trail_ask.Engine], str]:  # fmt: skip
    """Where the answer to a question may be kept, what answers else, and what the answer calls its source.

    given: the options of `declare_source` and `declare_engine`, and `config`, `session` and `baseline_days`.  asked:
    gives the question and its window; what that loads is loaded while the files are listed. What decodes is loaded
    only where the answer is not kept. For the rest see `open_source`. Raises Problem, and what `asked` raises.
    """
    source = given.source
    if given.engine == "athena" or not source or source.startswith(_RECORDS):
        opened, name = open_source(given, source, asked()[0].name, roles, progress, variables, by_day=False)
        return None, lambda: opened, name
    from iam_guardrails.adapters.trail_listing import list_store
    from iam_guardrails.adapters.trail_objects import open_objects
    from iam_guardrails.model.trail.window import ALL_DAYS

    cache = _cache(given.cache, source)
    days = _days(given, *asked()) if source.startswith("s3://") else ALL_DAYS
    question, when = asked()  # now, as what that loads is loaded while the files are listed
    listing = list_store(open_objects(source, variables), cache, changed=_load_engine, days=days, progress=progress)
    from iam_guardrails.adapters.trail_answers import KeptAnswers

    more = {"roles": sorted(roles), "session": given.session or "", "baseline": given.baseline_days or BASELINE_DAYS}
    name = _name(source)
    kept = KeptAnswers(f"{cache}/answers", question, name, when, listing.manifest, more)
    return kept, lambda: _embedded(given, source, roles, progress, variables, question, listing), name


def _name(source: str) -> str:
    """What answers call a source: a folder by a name that can be written as UTF-8, like the files in it."""
    from iam_guardrails.adapters.trail_folder_objects import key_of

    return source if source.startswith("s3://") else key_of(source)


def _days(given: argparse.Namespace, question: Question, window: Window) -> Days:
    """The days of which files are asked for: of the window, and of the baseline before it."""
    from datetime import timedelta

    if not question.compares or not window.since:
        return window.file_days
    before = timedelta(days=given.baseline_days or BASELINE_DAYS)
    return type(window)(window.since - before, window.until).file_days


def _embedded(
    given: argparse.Namespace, source: str, roles: frozenset[tuple[str, str]], progress: Progress,
    variables: Mapping[str, str], question: Question | None = None, listing: Listing | None = None,
) -> trail_ask.Engine:  # fmt: skip
    """The engine over stored files. question: None where several are asked.  listing: of the source, where it is at
    hand."""
    from iam_guardrails.adapters.trail_engine.engine import Engine
    from iam_guardrails.adapters.trail_objects import open_objects
    from iam_guardrails.model.trail.facts import PARTS

    objects = open_objects(source, variables)
    return Engine(
        objects, _cache(given.cache, source), roles, progress, _cores(given), listing=listing,
        parts=question.parts if question else PARTS, of_roles=question is None or question.of_roles,
    )  # fmt: skip


def _load_engine() -> None:
    """Load what decodes, while the other files are listed."""
    import gc

    gc.disable()  # what is loaded and gathered holds no cycles; to look for some takes a twentieth of one new day
    import iam_guardrails.adapters.trail_engine.engine
    import iam_guardrails.journeys.trail_ask  # noqa: F401 - only loaded here


def _cores(given: argparse.Namespace) -> int:
    from iam_guardrails.adapters.trail_listing import processes

    return given.processes if given.processes > 0 else processes()


def _athena(
    given: argparse.Namespace, question: str, progress: Progress, variables: Mapping[str, str], *, by_day: bool
) -> Callable[[frozenset[tuple[str, str]]], tuple[trail_ask.Engine, str]]:  # fmt: skip
    """For one list of roles after another; what all their queries read and cost is told together."""
    from datetime import UTC, datetime
    from time import sleep

    from iam_guardrails.adapters.aws.athena import Athena
    from iam_guardrails.adapters.trail_sql.config import lake_of
    from iam_guardrails.adapters.trail_sql.engine import AthenaEngine
    from iam_guardrails.model.problem import Problem

    if given.source:
        raise Problem("--engine athena reads its table and no --source; leave one of them out")
    options = {
        "workgroup": given.workgroup, "database": given.database, "table": given.table, "region": given.region,
        "accounts": given.lake_account, "regions": given.lake_region,
    }  # fmt: skip
    lake = lake_of(given.config, options)
    asked = Athena(_session(variables, lake.region), lake.region, lake.workgroup, lake.database, progress, sleep)
    now, name = datetime.now(UTC), f"Athena's table {lake.database}.{lake.table}"
    return lambda roles: (AthenaEngine(asked, lake, question, roles, now, by_day=by_day), name)


def opener(
    given: argparse.Namespace, source: str | None, question: str, progress: Progress, variables: Mapping[str, str]
) -> Callable[[frozenset[tuple[str, str]]], tuple[trail_ask.Engine, str]]:  # fmt: skip
    """`open_source` for one list of roles after another; LookupEvents and a log group are asked once for them all."""
    if given.engine == "athena":
        return _athena(given, question, progress, variables, by_day=True)
    if source and source.startswith(_RECORDS):
        from iam_guardrails.adapters.aws.trail_records import Once, record_source
        from iam_guardrails.adapters.trail_engine.records import RecordEngine

        records = Once(record_source(source, lambda region: _session(variables, region), progress))
        return lambda roles: (RecordEngine(records, roles), source)
    return lambda roles: open_source(given, source, question, roles, progress, variables)


def reach_of(
    given: argparse.Namespace, source: str | None, expected: Expected, variables: Mapping[str, str]
) -> tuple[str | None, Reach]:  # fmt: skip
    """The source, by default LookupEvents of every enabled Region, and where uses may have left records.

    Only for LookupEvents AWS is asked which Regions are enabled; else those count that are on by default. given: as
    `open_source`.  variables: the process environment, for AWS. Raises Problem.
    """
    from iam_guardrails.adapters.aws.regions import regions_of
    from iam_guardrails.model.incident.reach import LOOKUP, Reach, lookup_of
    from iam_guardrails.model.trail.regions import partition_of
    from iam_guardrails.model.trail.regions import regions_of as usual_of

    home, mine = expected.home_region, (expected.home_region, expected.second_region)
    if given.engine == "athena" or (source and not source.startswith(LOOKUP)):
        return source, Reach(usual_of(partition_of(home), *mine))
    there = regions_of(_session(variables, home), home)
    return source or lookup_of((*mine, *there.askable)), Reach((*mine, *there.enabled), there.why)


def _session(variables: Mapping[str, str], region: str) -> Session:
    from iam_guardrails.adapters.aws import session

    return session(dict(variables), region)


def _cache(told: str | None, source: str) -> str:
    """The folder of kept facts. Raises Problem where it lies in the source, whose files it would then be among."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - pathlib costs a start
    kept = told or f"{base}/iam-guardrails/trail"
    if is_within(kept, source):
        from iam_guardrails.model.problem import Problem

        named = f"--cache {told}" if told else f"the user's cache folder, {kept},"
        other = "choose another folder" if told else "name another with --cache"
        raise Problem(f"{named} lies in the source and would be read as its files; {other}")
    return kept


def is_within(path: str, source: str) -> bool:
    """Whether a path lies in a source that is a folder, or is that."""
    if source.startswith("s3://"):
        return False
    root = os.path.realpath(source)
    return os.path.commonpath((os.path.realpath(path), root)) == root
