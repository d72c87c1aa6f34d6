"""`guardrails.toml`: read, checked key by key, and typed as model.expected.Expected."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from iam_guardrails.adapters.files import read_text
from iam_guardrails.adapters.filter_answers import answers_beside
from iam_guardrails.model.account import KINDS
from iam_guardrails.model.expected import Expected, IdentityCenter, KnownNoise, Organization
from iam_guardrails.model.finding import Waiver
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.manifest import Assigned, Assumer, Middleware
from iam_guardrails.model.trail.regions import global_region, partition_of

if TYPE_CHECKING:
    from pathlib import Path


def read_expectations(path: str | Path) -> Expected:
    """Read `path`, and the answers in the records folder beside it.

    Raises Problem with the key at fault when something is missing or of the wrong type.
    """
    text = read_text(path, "the expectations")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{path} is not valid TOML: {error}") from None
    return _Reader(path, content).expected()


# AWS Organizations API, Organization (Id), Root (Id), OrganizationalUnit (Id)
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
_PATH = re.compile(r"o-[a-z0-9]{10,32}/r-[a-z0-9]{4,32}/(?:ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}/)*")
KEYS: Mapping[str, frozenset[str]] = {
    table: frozenset(names.split())
    for table, names in {
        "": "account_id home_region second_region environment partition breakglass role_names people identity_center"
        " incident_id_pattern expected secrets declared known_noise waiver checkov_skip alerts trail_lake records"
        " middleware assumer assigned organization",
        "organization": "id path",
        "alerts": "recipients",
        "records": "store",
        "breakglass": "role_names people identity_center incident_id_pattern administrator_reason",
        "identity_center": "permission_set home_region users",
        "expected": "kinds",
        "secrets": "names",
        "declared": "roles users access_keys",
        "known_noise": "address reason",
        "waiver": "rule address ticket owner reason expires_on",
        "checkov_skip": "check reason",
        "middleware": "name tier trusted boundary secrets",
        "assumer": "role principal reason external_id",
        "assigned": "permission_set who people reason power",
    }.items()
}
"""Every key there is, by table ("" is the top). Another is a slip of the pen: what it asks for would be lost."""


class _Reader:
    """Takes typed values out of nested tables and says exactly which key is wrong."""

    def __init__(self, path: str | Path, content: Mapping[str, Any]) -> None:
        self.path = path
        self.content = content
        self.unknown: list[str] = []

    def expected(self) -> Expected:
        self.note_unknown("", self.content)
        top, role = self.content, self.table(self.content, "breakglass")
        account_id = str(self.value(top, "account_id", (str, int), required=True))
        if not (account_id.isdigit() and len(account_id) == 12):
            raise self.wrong("account_id", "must be the twelve digits of the account, in quotes")
        declared = self.table(top, "declared")
        home_region: str = self.value(top, "home_region", str, required=True)
        partition: str = self.value(top, "partition", str) or partition_of(home_region)
        return Expected(
            filter_answers=answers_beside(self.path),
            account_id=account_id,
            home_region=home_region,
            second_region=self.value(top, "second_region", str) or global_region(partition),
            environment=self.value(top, "environment", str) or "",
            partition=partition,
            role_names=self.strings(role, "role_names") or self.strings(top, "role_names"),
            people=self.strings(role, "people") or self.strings(top, "people"),
            organization=self.organization(),
            identity_center=self.identity_center(role.get("identity_center", top.get("identity_center"))),
            incident_id_pattern=self.value(role, "incident_id_pattern", str)
            or self.value(top, "incident_id_pattern", str),
            administrator_reason=self.value(role, "administrator_reason", str) or "",
            required_kinds=self.kinds(self.strings(self.table(top, "expected"), "kinds")),
            **self.declared(declared),
            secret_patterns=self.strings(self.table(top, "secrets"), "names"),
            known_noise=tuple(self.noise(item) for item in self.tables("known_noise")),
            waivers=tuple(self.waiver(item) for item in self.tables("waiver")),
            checkov_skips=tuple(self.skip(item) for item in self.tables("checkov_skip")),
            recipients=self.recipients(self.table(top, "alerts")),
            records_store=self.value(self.table(top, "records"), "store", str) or "",
            middleware=tuple(self.middleware(item) for item in self.tables("middleware")),
            assumers=tuple(self.assumer(item) for item in self.tables("assumer")),
            assigned=tuple(self.assigned(item) for item in self.tables("assigned")),
            unknown_keys=tuple(dict.fromkeys(self.unknown)),  # last: by now every table has been read
        )

    def wrong(self, key: str, why: str) -> Problem:
        return Problem(f"{self.path}: {key} {why}")

    def note_unknown(self, name: str, table: Mapping[str, Any]) -> None:
        """Remember keys that mean nothing here: every report tells them, so that a slip of the pen is not lost."""
        for key in table:
            if key not in KEYS[name]:
                self.unknown.append(f"{name}.{key}" if name else key)

    def value(self, table: Mapping[str, Any], key: str, kind: Any, required: bool = False) -> Any:
        found = table.get(key)
        if found is None:
            if required:
                raise self.wrong(key, "is missing; it says what this account is expected to be")
            return None
        if not isinstance(found, kind) or isinstance(found, bool):
            raise self.wrong(key, f"is {found!r}; it must be text")
        return found

    def table(self, table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        found = table.get(key, {})
        if not isinstance(found, dict):
            raise self.wrong(key, "must be a table")
        self.note_unknown(key, found)
        return found

    def tables(self, key: str) -> list[Mapping[str, Any]]:
        found = self.content.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise self.wrong(key, f"must be written as [[{key}]]")
        for item in found:
            self.note_unknown(key, item)
        return found

    def strings(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        found = table.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise self.wrong(key, "must be a list of texts")
        return tuple(found)

    def kinds(self, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in KINDS:
                raise self.wrong("expected.kinds", f"names {name!r}; known are: {', '.join(KINDS)}")
        return names

    def identity_center(self, found: Any) -> IdentityCenter | None:
        if found is None:
            return None
        if not isinstance(found, dict):
            raise self.wrong("identity_center", "must be a table with permission_set, home_region and users")
        self.note_unknown("identity_center", found)
        return IdentityCenter(
            permission_set=self.value(found, "permission_set", str, required=True),
            home_region=self.value(found, "home_region", str, required=True),
            users=self.strings(found, "users"),
        )

    def organization(self) -> Organization | None:
        if "organization" not in self.content:
            return None
        found = self.table(self.content, "organization")
        made = Organization(self.value(found, "id", str, required=True), self.value(found, "path", str) or "")
        if not _ORGANIZATION.fullmatch(made.id):
            raise self.wrong("organization.id", f"is {made.id[:60]!r}; it must be an id such as o-a1b2c3d4e5")
        if made.path and not (_PATH.fullmatch(made.path) and made.path.startswith(f"{made.id}/")):
            raise self.wrong("organization.path", f"is {made.path[:200]!r}; it must lead from the organisation to the"
                             f" unit that holds the account, such as {made.id}/r-ab12/ou-ab12-11111111/")  # fmt: skip
        return made

    def recipients(self, alerts: Mapping[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        found = alerts.get("recipients", {})
        if not isinstance(found, dict):
            raise self.wrong("alerts.recipients", 'must be a table such as { alex = ["alex@example.com"] }')
        return tuple((name, self.strings(found, name)) for name in found)

    def noise(self, item: Mapping[str, Any]) -> KnownNoise:
        return KnownNoise(*(self.value(item, key, str, required=True) for key in ("address", "reason")))

    def skip(self, item: Mapping[str, Any]) -> tuple[str, str]:
        check, reason = (self.value(item, key, str, required=True) for key in ("check", "reason"))
        return check, reason

    def middleware(self, item: Mapping[str, Any]) -> Middleware:
        name, tier = (self.value(item, key, str, required=True) for key in ("name", "tier"))
        boundary = self.value(item, "boundary", str) or ""
        made = Middleware(name, tier, self.strings(item, "trusted"), boundary, self.strings(item, "secrets"))
        self.narrow("middleware", name=(name,), trusted=made.trusted, secrets=made.secrets)
        return made

    def assumer(self, item: Mapping[str, Any]) -> Assumer:
        role, principal, reason = (self.value(item, key, str, required=True) for key in ("role", "principal", "reason"))
        self.narrow("assumer", principal=(principal,))
        return Assumer(role, principal, reason, self.value(item, "external_id", str) or "")

    def declared(self, table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        """What other stacks make, as patterns of names."""
        found = {key: self.strings(table, key) for key in ("roles", "users", "access_keys")}
        self.narrow("declared", **found)
        return {
            "declared_roles": found["roles"], "declared_users": found["users"],
            "declared_key_users": found["access_keys"],
        }  # fmt: skip

    def narrow(self, table: str, **patterns: tuple[str, ...]) -> None:
        """Raise Problem where a text is empty, or a pattern names everything there is and so declares nothing."""
        for key, texts in patterns.items():
            for text in texts:
                if not text.strip("*?").strip():
                    why = "is empty" if not text.strip() else f"has {text!r}, which names everything there is"
                    raise self.wrong(f"{table}.{key}", f'{why}; name what is meant, e.g. with a prefix such as "mw-*"')

    def assigned(self, item: Mapping[str, Any]) -> Assigned:
        names = (self.value(item, key, str, required=True) for key in ("permission_set", "who", "reason"))
        permission_set, who, reason = names
        power = self.value(item, "power", str) or ""
        if power and (len(power) < 12 or set(power) - set("0123456789abcdef")):
            raise self.wrong("assigned", f"has a power {power[:40]!r}; the first 12 or more digits that the item shows")
        made = Assigned(permission_set, who, self.strings(item, "people"), reason, power)
        self.narrow("assigned", who=(who,), people=made.people)
        return made

    def waiver(self, item: Mapping[str, Any]) -> Waiver:
        keys = ("rule", "address", "ticket", "owner", "reason")
        texts = {key: self.value(item, key, str, required=True) for key in keys}
        for key, text in texts.items():
            if not text.strip():
                raise self.wrong(f"waiver for {texts['rule']}", f"has an empty {key}; every waiver says who and why")
        return Waiver(**texts, expires_on=self.day(item))

    def day(self, item: Mapping[str, Any]) -> date:
        found: Any = item.get("expires_on")
        try:
            return date.fromisoformat(found) if isinstance(found, str) else date(found.year, found.month, found.day)
        except (ValueError, AttributeError):
            raise self.wrong(
                f"waiver for {item.get('rule')}",
                f"has expires_on = {found!r}; it must be a day such as 2026-03-31",
            ) from None
