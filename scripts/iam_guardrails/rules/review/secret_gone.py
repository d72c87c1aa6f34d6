"""Reads of secrets that the capture does not hold: deleted or replaced since, or of a Region that was not read.

Source: AWS Secrets Manager User Guide, "What's in a Secrets Manager secret?" (an ARN ends in a hyphen and six random
characters, so that a secret that is made anew under the same name has another ARN).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from iam_guardrails.model.capture.capture import SECRETS
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.manifest import named_by
from iam_guardrails.model.review.review import Item, fingerprint, item_id
from iam_guardrails.model.trail.questions.rows import SecretRead
from iam_guardrails.rules.review.reading import Reading
from iam_guardrails.rules.review.secret_outsiders import ID, recorded

_SUFFIX = re.compile(r"-(?![a-z]{6}$|[0-9]{6}$)[A-Za-z0-9]{6}$")
"""What AWS put after a name; a word or a number of six signs is taken for the end of the name, as in `prod-master`."""


def reads_of_gone(
    basis: Basis, reading: Reading | None, told: Set[tuple[str, int]], missing: list[str]
) -> Iterator[Item]:
    """An item for each principal that read secrets which the capture does not hold and nobody declared.

    reading: None where the capture holds no secret.  told: (ARN, number of the secret) of which an item says already
    that they can read it: who reads a secret that was made anew is told by it.  What is not judged goes to `missing`.
    """
    found: dict[str, list[tuple[str, SecretRead]]] = {}
    unread = {key.partition("@")[2] for key in basis.capture.not_judged(SECRETS)}
    untold, elsewhere, regions = set[str](), set[str](), set[str]()
    for row in recorded(basis):
        if not row.secret or (reading and reading.meant(row.secret)) or not _is_ours(basis, row):
            continue
        name = _name(row.secret)
        again = reading.meant(name) if reading else ()
        declared = _declared(basis, row.principal, name)
        if declared or any((row.principal, number) in told for number in again):
            continue
        region = _region(row.secret)
        if region and basis.capture.regions and region not in basis.capture.regions:
            elsewhere.add(f"{row.principal} read {name} in {region}")
            regions.add(region)
        elif unread and (not unread.isdisjoint({"", region}) or not region):
            untold.add(f"{row.principal} read {name}")
        else:
            shown = f"{name} (an earlier one: {row.secret.rpartition(':')[2]})" if again else name
            found.setdefault(row.principal, []).append((shown, row))
    if untold:
        missing.append(f"whether somebody may read what they read: {listed(untold, 6)}; the secrets were not all read")
    if elsewhere:
        missing.append(f"whether somebody may read what they read: {listed(elsewhere, 6)}; the secrets of"
                       f" {listed(regions)} were not read (guardrails capture --region)")  # fmt: skip
    for principal, ones in found.items():
        yield _item(principal, ones)


def unnamed(basis: Basis, reading: Reading | None) -> Iterator[str]:
    """Who read secrets that the records do not name, and can read none now that an item or the manifest tells."""
    known = reading.by_arn if reading else {}
    names = {row.principal for row in recorded(basis) if not row.secret and row.principal not in known}
    if names:
        yield f"which secrets {listed(names)} read: the records name none (a BatchGetSecretValue by filters)"


def _is_ours(basis: Basis, row: SecretRead) -> bool:
    """Whether the secret was one of the account's: an ARN tells it, and a name is one of the caller's own account."""
    owner = account_of(row.secret) or row.account_id or basis.capture.account_id
    return owner == basis.capture.account_id


def _region(text: str) -> str:
    """The Region that an ARN tells, "" for a name."""
    return text.split(":")[3] if text.startswith("arn:") and text.count(":") > 5 else ""


def _name(text: str) -> str:
    """The name of a secret that a caller named by its ARN, whole or without its end, or by its name."""
    if not text.startswith("arn:"):
        return text
    return _SUFFIX.sub("", text.split(":", 6)[-1])


def _declared(basis: Basis, principal: str, secret: str) -> bool:
    """Whether the manifest lets a role of the account read a secret of this name."""
    own = account_of(principal) == basis.capture.account_id and ":role/" in principal
    name = principal.rpartition("/")[2]
    return own and any(named_by((line.name,), name) and named_by(line.secrets, secret)
                       for line in basis.expected.middleware)  # fmt: skip


def _item(principal: str, ones: list[tuple[str, SecretRead]]) -> Item:
    names = sorted({name for name, _ in ones})
    latest = max((row for _, row in ones), key=lambda row: row.last)
    title = f"{principal} read {listed(names, 4)}, which nobody declared and the capture does not hold"
    reasons = ("CloudTrail recorded the reads; the secret was deleted or replaced since, or stands in a Region that was"
               " not read",)  # fmt: skip
    evidence = (("secrets", listed({row.secret for _, row in ones}, 40)), ("first", min(row.first for _, row in ones)),
                ("last", latest.last), ("from", latest.address or "not told"), ("event", latest.event_id))  # fmt: skip
    remedy = ("find out why it read them, and who deleted them (secretsmanager:DeleteSecret in CloudTrail); then change"
              " what stood in them where it is in use, or declare it: [[middleware]] secrets")  # fmt: skip
    return Item(item_id(ID, principal, "read-gone"), ID, principal, title, "high", fingerprint([principal, names]),
                reasons, evidence, remedy)  # fmt: skip
