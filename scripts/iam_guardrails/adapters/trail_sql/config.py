"""Which table of Athena's is asked: the options, else the table [trail_lake] of guardrails.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from iam_guardrails.adapters.files import read_text
from iam_guardrails.adapters.trail_sql.binding import Lake
from iam_guardrails.model.problem import Problem

NAMES = ("workgroup", "database", "table", "region", "accounts", "regions")
"""The keys of [trail_lake], as the output `guardrails_toml` of the module trail-lake writes them."""
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]")
_FORMS = {
    "workgroup": re.compile(r"[A-Za-z0-9._-]{1,128}"),
    "database": re.compile(r"[^\x00-\x1f\x7f]{1,255}"),
    "table": re.compile(r"[^\x00-\x1f\x7f]{1,255}"),
    "region": _REGION,
    "accounts": re.compile(r"[0-9]{12}"),
    "regions": _REGION,
}


def lake_of(path: str | None, options: Mapping[str, str | Sequence[str] | None]) -> Lake:
    """The lake. path: of guardrails.toml, None for none.  options: by the names of NAMES; they come first.

    Raises Problem, naming what is missing or wrong.
    """
    told = _table(path) if path else {}
    found = {name: options.get(name) or told.get(name) for name in NAMES}
    missing = [name for name in NAMES if not found[name]]
    if missing:
        where = f"{path} has no [trail_lake] {', '.join(missing)}" if path else f"not given: {', '.join(missing)}"
        raise Problem(
            f"which table Athena is to be asked about is not known ({where}); put the output guardrails_toml of the"
            " module trail-lake into guardrails.toml and name it with --config, or give the options --workgroup,"
            " --database, --table, --region, --lake-account and --lake-region"
        )
    workgroup, database, table, region = (_one(name, found[name]) for name in NAMES[:4])
    accounts, regions = (_several(name, found[name]) for name in NAMES[4:])
    return Lake(workgroup, database, table, region, accounts, regions)


def _table(path: str) -> Mapping[str, Any]:
    try:
        content = tomllib.loads(read_text(path, "the expectations"))
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{path} is not valid TOML: {error}") from None
    found = content.get("trail_lake", {})
    if not isinstance(found, dict):
        raise Problem(f"{path}: trail_lake must be a table")
    unknown = [key for key in found if key not in NAMES]
    if unknown:
        raise Problem(f"{path}: trail_lake.{unknown[0][:100]} means nothing; known are: {', '.join(NAMES)}")
    return found


def _one(name: str, value: object) -> str:
    if not isinstance(value, str) or not _FORMS[name].fullmatch(value):
        raise Problem(f"the {name} of the trail lake is {str(value)[:200]!r}, which is no name that AWS gives")
    return value


def _several(name: str, values: object) -> tuple[str, ...]:
    if not isinstance(values, list | tuple):
        raise Problem(f"the {name} of the trail lake are {str(values)[:200]!r}; they must be a list of texts")
    return tuple(sorted({_one(name, value) for value in values}))
