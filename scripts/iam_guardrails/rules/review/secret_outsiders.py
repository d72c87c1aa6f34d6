"""Secrets and who is not of the account: whom resource policies let in, and who read without the manifest saying so."""

from __future__ import annotations

from collections.abc import Iterator, Set

from iam_guardrails.model.iam.reach.outside import ANYBODY, Outsider, gone, outsiders
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.ways import CONDITIONAL, NO, NOT_JUDGED, YES
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.manifest import named_by
from iam_guardrails.model.review.review import Item, fingerprint, item_id
from iam_guardrails.model.trail.questions.rows import SecretRead
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review.reading import Reading
from iam_guardrails.rules.review.trusting import account_in

ID, QUESTION = "secrets", "secret-reads"
_READS = ("secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue")


def let_in(reading: Reading, missing: list[str]) -> Iterator[Item]:
    """An item for each principal of another account, service or anybody whom a secret's policy and its key let read."""
    for one in outsiders(reading.ways.account):
        if one.unjudged:
            missing.append(f"whether {one.who} reads {_names(reading, one.unjudged)}: {one.reason}")
        if one.maybe:
            yield _let_in(reading, one)
    for unique_id, goals in gone(reading.ways.account).items():
        yield _gone(reading, unique_id, goals)


def _gone(reading: Reading, unique_id: str, goals: int) -> Item:
    """A principal that was deleted, which a policy still names: nobody gets in by it."""
    title = f"the resource policy of {_names(reading, goals)} names {unique_id}, a principal that is gone"
    numbers = tuple(bits(goals))
    reasons = ("no user or role of the account has that id, and IAM gives it to nobody again: nobody reads by it",)
    evidence = (("secrets", listed([reading.name(number) for number in numbers], 40)),)
    meaning = fingerprint([unique_id, sorted(reading.secrets[number].arn for number in numbers)])
    remedy = "take it out of the secret's policy (aws secretsmanager put-resource-policy)"
    return Item(item_id(ID, unique_id, "gone"), ID, unique_id, title, "low", meaning, reasons, evidence, remedy)


def rows_from_outside(reading: Reading) -> tuple[tuple[str, ...], ...]:
    """Rows of the matrix for them: a name, and an answer for each secret. Their own account has to allow it, too."""
    count = len(reading.secrets)
    return tuple(
        (one.who, *(YES if one.sure >> n & 1 else CONDITIONAL if one.maybe >> n & 1 else NOT_JUDGED
                    if one.unjudged >> n & 1 else NO for n in range(count)))
        for one in outsiders(reading.ways.account)
    )  # fmt: skip


def _let_in(reading: Reading, one: Outsider) -> Item:
    numbers = tuple(bits(one.maybe))
    names, them = _names(reading, one.maybe), "it" if len(numbers) == 1 else "them"
    whom = "anybody, in any account," if one.who == ANYBODY else one.who
    needs = f"it depends on {', '.join(one.depends_on)}" if one.depends_on else _else_needed(one.who)
    reasons = ("the secret's policy, and that of its key, let it in", needs)
    outside = one.who == ANYBODY or bool(account_of(one.who))
    sides = sorted((reading.secrets[number].arn, one.sure >> number & 1) for number in numbers)
    evidence = (("secrets", listed([reading.name(number) for number in numbers], 40)),)
    remedy = ("take the statement out of the secret's policy (aws secretsmanager put-resource-policy), and out of the "
              "key's")  # fmt: skip
    return Item(item_id(ID, one.who, "outside"), ID, one.who, f"the resource policy of {names} lets {whom} read {them}",
                "high" if outside else "low", fingerprint([one.who, sides]), reasons, evidence, remedy)  # fmt: skip


def _else_needed(who: str) -> str:
    """What it takes beside the policies. A provider of identities is nobody itself: those it vouches for are."""
    provider = any(kind in who for kind in (":saml-provider/", ":oidc-provider/")) or not (
        who.startswith("arn:") or who.isdigit() or who == ANYBODY or who.endswith(".amazonaws.com")
    )
    if not provider:
        return "nothing else is needed"
    return f"whoever {who} vouches for gets in with a session of it: nothing here tells who that is"


def _names(reading: Reading, goals: int) -> str:
    return listed([reading.name(number) for number in bits(goals)], 4)


def reads(basis: Basis, reading: Reading, told: Set[tuple[str, int]]) -> Iterator[Item]:
    """An item for each principal that read secrets which nobody declared. told: (ARN, number of the secret) of which an
    item says already that they can read it: whoever else did is one who no longer can, or comes from outside."""
    found: dict[str, list[tuple[tuple[int, ...], SecretRead]]] = {}
    for row in recorded(basis):
        numbers = reading.meant(row.secret)
        declared = any(_declared(basis, row.principal, reading, number) for number in numbers)
        if numbers and not declared and not any((row.principal, number) in told for number in numbers):
            found.setdefault(row.principal, []).append((numbers, row))
    for principal, ones in found.items():
        yield _read(basis, reading, principal, ones)


def who_read(basis: Basis) -> frozenset[str]:
    """The principals that read some secret, by CloudTrail."""
    return frozenset(row.principal for row in recorded(basis))


def copies(basis: Basis, reading: Reading) -> Iterator[str]:
    """What to know of reads by a name that stands in several Regions."""
    named = dict.fromkeys(row.secret for row in recorded(basis) if len(reading.meant(row.secret)) > 1)
    if named:
        yield (f"{listed(named, 4)} stands in several Regions: whoever read it by its name is taken to have read the"
               " one that it may read")  # fmt: skip


def recorded(basis: Basis) -> Iterator[SecretRead]:
    """The reads of secrets that CloudTrail recorded and that succeeded."""
    answer = basis.asked(QUESTION)
    rows = () if isinstance(answer, Unknown) else answer.rows
    yield from (row for row in rows if isinstance(row, SecretRead) and _counts(row))


def _counts(row: SecretRead) -> bool:
    return row.outcome == "ok" and row.action in _READS


def _declared(basis: Basis, principal: str, reading: Reading, number: int) -> bool:
    own = account_of(principal) == basis.capture.account_id  # elsewhere a name is anybody's to choose
    name = principal.rpartition("/")[2] if own and ":role/" in principal else ""
    secret = reading.secrets[number].name
    return any(named_by((line.name,), name) and named_by(line.secrets, secret)
               for line in basis.expected.middleware)  # fmt: skip


def _read(
    basis: Basis, reading: Reading, principal: str, ones: list[tuple[tuple[int, ...], SecretRead]]
) -> Item:  # fmt: skip
    numbers = {number for them, _ in ones for number in them}
    names = sorted(reading.name(number) for number in numbers)
    first, last = min(row.first for _, row in ones), max(row.last for _, row in ones)
    latest = max((row for _, row in ones), key=lambda row: row.last)
    title = f"{principal} read {listed(names, 4)}, which nobody declared"
    reasons = (f"CloudTrail recorded the reads; {_now(basis, reading, principal, numbers)}",)
    evidence = (("first", first), ("last", last), ("from", latest.address or "not told"), ("event", latest.event_id))
    remedy = ("find out why it read them and how; then rotate what it read, or declare it: [[middleware]] secrets in "
              "guardrails.toml")  # fmt: skip
    return Item(item_id(ID, principal, "read"), ID, principal, title, "high", fingerprint([principal, names]), reasons,
                evidence, remedy)  # fmt: skip


def _now(basis: Basis, reading: Reading, principal: str, numbers: Set[int]) -> str:
    """Whether who read secrets can read them now, a clause."""
    if account_in(principal) not in ("", basis.capture.account_id):
        return "it is of another account: what lets it in are the policies of the secrets and their keys"
    reader = reading.by_arn.get(principal)
    if reader and any(each.answer == NOT_JUDGED and numbers & set(each.secrets) for each in reader.answers):
        return "whether it can read them now hangs on policies that were not read"
    return "by the policies of the capture it cannot read them now"
