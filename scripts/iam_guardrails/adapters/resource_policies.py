"""The files of `guardrails access who-can`: resources, their policies and keys, and the organisation's policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from iam_guardrails.adapters.authorization_pages import read_pages
from iam_guardrails.adapters.files import read_text
from iam_guardrails.model.iam.document import PolicyDocument, PolicyError
from iam_guardrails.model.iam.grammar_check import CheckedKind, checked
from iam_guardrails.model.iam.reach.question import UNTOLD, Held
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

Progress = Callable[[str], None]
Levels = tuple[tuple[PolicyDocument, ...], ...]
_MOST = 100_000  # resources in one question
_AWS_OWN = ("alias/aws/", "aws/")


def read_resources(path: str) -> tuple[str, ...]:
    """The ARNs of a file, one a line; empty lines and what begins with # are left out. Raises Problem."""
    lines = (line.strip() for line in read_text(path, "the resources").splitlines())
    found = tuple(check_resource(line, path) for line in lines if line and not line.startswith("#"))
    if not found:
        raise Problem(f"{path} names no resource; write one ARN a line")
    return found


def check_resource(text: str, where: str) -> str:
    """The ARN of one resource. Raises Problem for what is none, or is a pattern."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not all((parts[1], parts[2], parts[5])):
        raise Problem(f"{where}: {text[:200]!a} is no ARN of a resource (arn:aws:service:region:account:name)")
    if not text.isprintable() or len(text) > 2048:  # no half of a surrogate pair is printable
        raise Problem(f"{where}: {text[:100]!a} is no ARN: it is too long, or holds characters that none has")
    if "*" in text or "?" in text:
        raise Problem(f"{where}: {text[:200]!r} is a pattern; name each resource by its own ARN")
    return text


def read_resource_policies(path: str, progress: Progress) -> dict[str, Held]:
    """What is told of resources and keys: ARN -> {"policy": …, "key": …, "account": …}. Raises Problem.

    policy: the document, as JSON or as its text; null where the resource has none.  key: the ARN of the customer
    managed key that encrypts the resource; null, or "aws/secretsmanager", for AWS's own.  account: the owner's id,
    where the ARN does not hold it.  What an entry leaves out is not told, and so not judged.
    """
    content = _single(path)
    if not isinstance(content, Mapping):
        raise Problem(f'{path} is not an object of ARN -> {{"policy": …, "key": …}}')
    reader = _Reader(path, progress)
    return {check_resource(arn, path): reader.held(arn, entry) for arn, entry in content.items()}


@frozen
class Organization:
    """The policies above an account, level by level from the root; None where the file has none of that kind."""

    scps: Levels | None
    rcps: Levels | None
    exempt: frozenset[str]


def read_organization(path: str, progress: Progress) -> Organization:
    """{"scps": [[…], …], "rcps": [[…], …], "exempt": […]}, as in `guardrails policy evaluate`, or the list of SCPs."""
    content = _single(path)
    if isinstance(content, list):
        content = {"scps": content}
    if not isinstance(content, Mapping) or not content or not {"scps", "rcps", "exempt"} >= content.keys():
        raise Problem(f"{path} is neither a list of levels of SCPs nor an object with scps, rcps and exempt")
    exempt = content.get("exempt", [])
    if not isinstance(exempt, list) or not all(item in ("scp", "rcp") for item in exempt):
        raise Problem(f'{path}: exempt is a list of "scp" and "rcp": what does not count for this account')
    reader = _Reader(path, progress)
    scps, rcps = (reader.levels(content.get(f"{kind}s"), kind) for kind in ("scp", "rcp"))
    return Organization(scps, rcps, frozenset(exempt))


def _single(path: str) -> Any:
    values = read_pages(path, whole=True)
    if len(values) != 1:
        raise Problem(f"{path} holds {len(values)} JSON values; one is expected")
    return values[0]


class _Reader:
    """Reads documents as strictly as AWS does; equal ones become one value."""

    def __init__(self, path: str, progress: Progress) -> None:
        self.path, self.progress = path, progress
        self._seen: dict[tuple[str, str], PolicyDocument] = {}

    def held(self, arn: str, entry: object) -> Held:
        """What one entry tells."""
        if not isinstance(entry, Mapping) or not {"policy", "key", "account"} >= entry.keys():
            raise Problem(
                f"{self.path}: {arn[:200]}: an entry is an object with policy, key and account, or some of them"
            )
        is_key = ":kms:" in arn and ":key/" in arn
        policy: PolicyDocument | Unknown | None = UNTOLD
        if "policy" in entry:
            policy = (
                None
                if entry["policy"] is None
                else self.document(entry["policy"], "key" if is_key else "resource", arn)
            )
        if is_key and policy is None:
            raise Problem(f"{self.path}: {arn[:200]}: a key always has a policy; leave it out where it is not known")
        account = entry.get("account", "")
        if account != "" and not (isinstance(account, str) and len(account) == 12 and account.isdecimal()):
            raise Problem(f"{self.path}: {arn[:200]}: account is no account id of twelve digits")
        return Held(policy, self._key(arn, entry["key"]) if "key" in entry else UNTOLD, account)

    def levels(self, listed: object, kind: CheckedKind) -> Levels | None:
        """The levels of SCPs or RCPs."""
        if listed is None:
            return None
        if not isinstance(listed, list) or not all(isinstance(level, list) for level in listed):
            raise Problem(
                f"{self.path}: {kind}s is a list of levels, from the root to the account, each a list of policies"
            )
        return tuple(
            tuple(self.document(item, kind, f"{kind.upper()} {level}.{place}") for place, item in enumerate(items, 1))
            for level, items in enumerate(listed, 1)
        )

    def document(self, source: object, kind: CheckedKind, name: str) -> PolicyDocument:
        """One document. Raises Problem with what AWS would refuse."""
        import json

        key = (kind, json.dumps(source))
        if key not in self._seen:
            try:
                self._seen[key], warnings = checked(source, kind, f"the policy of {name[:200]}")
            except PolicyError as error:
                raise Problem(f"{self.path}: {error}") from None
            for text in warnings:
                self.progress(f"warning: {self.path}: {text}")
        return self._seen[key]

    def _key(self, arn: str, value: object) -> str | None:
        if value is None or (isinstance(value, str) and value.startswith(_AWS_OWN)):
            return None
        if isinstance(value, str) and ":kms:" in value and ":key/" in value:
            return check_resource(value, self.path)
        raise Problem(f"{self.path}: {arn[:200]}: key is neither the ARN of a KMS key nor null")


def distinct(resources: Sequence[str]) -> tuple[str, ...]:
    """The resources in order, each once. Raises Problem where there are too many."""
    found = tuple(sorted(set(resources)))
    if len(found) > _MOST:
        raise Problem(f"{len(found):,} resources are more than one question can be about ({_MOST:,}); ask in parts")
    return found
