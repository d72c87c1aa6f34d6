"""A question's statement with its values: the table, the partitions, the window, the roles.

Values come in as literals of the syntax tree, and the transpiler writes the text; no text of a user's is ever pasted
into SQL. Every statement filters the three partitions (account, Region, day), without which Athena would read, and
charge for, all that was ever delivered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from iam_guardrails.adapters.trail_engine.one_record import MAKING, SECRET_READS
from iam_guardrails.adapters.trail_sql.statements import BY_DAY, IS_EVENT, OF_OTHERS, STATEMENTS, WHOLE, WHOLE_RECORDS
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.silencers import SILENCING
from iam_guardrails.model.trail.identity_center import IDENTITY_CHANGES, PORTAL
from iam_guardrails.model.trail.window import LATE_DAYS, Window
from iam_guardrails.model.value import frozen

MISSING = 'the transpiler of SQL is not installed; install "iam-guardrails[sql]"'


@frozen
class Lake:
    """A table of CloudTrail's files in Athena, as the module trail-lake makes it.

    region: Athena's.  accounts, regions: the partitions that are read.
    """

    workgroup: str
    database: str
    table: str
    region: str
    accounts: tuple[str, ...]
    regions: tuple[str, ...]


def bound(
    name: str, lake: Lake, window: Window, roles: Iterable[tuple[str, str]], now: datetime, *, by_day: bool = False
) -> str:
    """The statement of the question `name`, in Athena's dialect.

    roles: (account, name) of the break-glass roles, and of users ("user/NAME").  now: the time at which the days of a
    window without an end stop.  by_day: for a journey, which also has to know on which days which accounts did anything
    (BY_DAY), and of others what OF_OTHERS says.
    Raises Problem where the window has no beginning, or the extra "sql" is not installed.
    """
    if window.since is None:
        raise Problem("Athena charges for every day that it reads: say from when on with --since")
    return _statement(name, lake, window, tuple(sorted(roles)), _last_day(window, now), by_day)


@lru_cache(maxsize=256)
def _statement(
    name: str, lake: Lake, window: Window, roles: tuple[tuple[str, str], ...], last_day: str, by_day: bool
) -> str:
    """The text of a question's statement, which is written once: that takes longer than most queries."""
    exp = _transpiler().exp
    tree = _parsed(name, by_day).copy()
    lists: Mapping[str, Sequence[str]] = {
        "roles": [f"{account} {role}" for account, role in roles],
        "silencing": [f"{source} {call}" for source, call in sorted(SILENCING)],
        "kept": [f"{source} {call}" for source, call in sorted(SILENCING | MAKING | IDENTITY_CHANGES)],
        "identity_changes": [f"{source} {call}" for source, call in sorted(IDENTITY_CHANGES)],
        "portal": [f"{source} {call}" for source, call in sorted(PORTAL)],
        "secret_reads": [f"{source} {call}" for source, call in sorted(SECRET_READS)],
    }
    for node in list(tree.find_all(exp.In)):
        named = [item.name for item in node.expressions if isinstance(item, exp.Placeholder)]
        if named:
            node.set("expressions", [exp.Literal.string(value) for value in lists[named[0]] or ("",)])
    for node in list(tree.find_all(exp.Table)):
        node.replace(exp.table_(lake.table, db=lake.database, quoted=True))
    is_event = _transpiler().condition(IS_EVENT, dialect="athena")
    meant = {"within": exp.and_(*_times(exp, window), is_event), "is_event": is_event}
    for node in [item for item in tree.find_all(exp.Placeholder) if item.name in meant]:
        node.replace(meant[node.name].copy())
    return str(tree.where(*_partitions(exp, lake, window, last_day)).sql(dialect="athena", pretty=True))


@cache
def columns(name: str) -> tuple[str, ...]:
    """The names of what `alike` holds in a row of the statement. Raises Problem as `bound`."""
    alike, _ = _parted(_transpiler().parse_one(STATEMENTS[name], dialect="athena"))
    return tuple(item.alias for item in alike)


@cache
def _parsed(name: str, by_day: bool) -> Any:
    """The syntax tree of a question's statement, which is large: whoever changes it takes a copy."""
    parse = _transpiler().parse_one
    wanted = OF_OTHERS.get(name, STATEMENTS[name]) if by_day else STATEMENTS[name]
    tree = parse(wanted, dialect="athena")
    alike, grouped = _parted(tree)
    made = parse(BY_DAY if by_day else WHOLE if grouped else WHOLE_RECORDS, dialect="athena")
    exp = _transpiler().exp
    for node in list(made.find_all(exp.Placeholder)):
        if node.name == "wanted":
            node.replace(tree.args["where"].this.copy())
        elif node.name == "alike":
            node.parent.set("expressions", [item.this.copy() for item in alike])
    return made.select(*(item.copy() for item in grouped))


def _parted(tree: Any) -> tuple[list[Any], list[Any]]:
    """A statement's columns: those that are alike in a group, and those that are reckoned over it."""
    reckoned = [bool(item.find(_transpiler().exp.AggFunc)) for item in tree.expressions]
    return ([item for item, is_reckoned in zip(tree.expressions, reckoned, strict=True) if not is_reckoned],
            [item for item, is_reckoned in zip(tree.expressions, reckoned, strict=True) if is_reckoned])  # fmt: skip


def _transpiler() -> Any:
    """The transpiler's package, sqlglot; it may be absent."""
    try:
        import sqlglot
    except ImportError:
        raise Problem(MISSING) from None
    return sqlglot


def _last_day(window: Window, now: datetime) -> str:
    """The last partition that can hold a record of the window."""
    return f"{(window.until or now) + timedelta(days=LATE_DAYS if window.until else 0):%Y/%m/%d}"


def _partitions(exp: Any, lake: Lake, window: Window, last_day: str) -> list[Any]:
    return [
        exp.column("account").isin(*map(exp.Literal.string, lake.accounts)),
        exp.column("region").isin(*map(exp.Literal.string, lake.regions)),
        exp.column("day").between(exp.Literal.string(f"{window.since:%Y/%m/%d}"), exp.Literal.string(last_day)),
    ]


def _times(exp: Any, window: Window) -> list[Any]:
    """Times are compared as text, which is right for the one form in which CloudTrail writes them."""
    time = exp.column("eventtime")
    found = []
    if window.since:
        found.append(exp.GTE(this=time.copy(), expression=exp.Literal.string(_written(window.since))))
    if window.until:
        found.append(exp.LT(this=time.copy(), expression=exp.Literal.string(_written(window.until))))
    return found


def _written(when: datetime) -> str:
    """As CloudTrail writes it: to the second, so a part of one counts as the next."""
    whole = when.astimezone(UTC) + timedelta(microseconds=-when.microsecond % 1_000_000)
    return f"{whole:%Y-%m-%dT%H:%M:%SZ}"
