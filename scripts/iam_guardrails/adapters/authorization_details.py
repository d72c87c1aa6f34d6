"""What `aws iam get-account-authorization-details --output json` printed: a whole account's IAM in one file.

Taken are: plain or gzipped files; one object (the CLI joins the pages itself), a list of pages, or pages one after
another; policy documents as objects (the CLI), as JSON text, or URL-encoded as RFC 3986 says (the API).

Sources: IAM API Reference, API_GetAccountAuthorizationDetails ("Policies returned by this operation are URL-encoded
compliant with RFC 3986"; IsTruncated, Marker); AWS CLI User Guide, cli-usage-pagination (NextToken).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from iam_guardrails.adapters.authorization_pages import SMALL, pages_of, read_data, read_pages
from iam_guardrails.model.iam.document import PolicyError
from iam_guardrails.model.iam.policy_text import read_json
from iam_guardrails.model.iam.principals import Estate, Group, Inline, ManagedPolicy, Principal, Raw
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.unknown import Unknown

Progress = Callable[[str], None]
Entry = Mapping[str, Any]
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def read_authorization_details(path: str, progress: Progress) -> Estate:
    """The account in the file. Raises Problem where the file is incomplete, or not what the command prints.

    progress: told what the file lacks without being wrong for it.
    """
    return estate_in(path, read_data(path), progress)


def estate_in(path: str, data: bytes, progress: Progress) -> Estate:
    """The account in what the file holds; see read_authorization_details. Raises Problem."""
    if len(data) > 4 * SMALL:  # so that it is longer than that in characters
        from iam_guardrails.adapters import quick_msgspec

        quick_msgspec.load()
        from iam_guardrails.adapters.authorization_typed import typed_estate

        estate = typed_estate(data, reader_of(path).document)
        if estate is not None:
            return estate
    return estate_of_lists(path, _joined(path, pages_of(path, data)), progress)


def read_lists(path: str) -> dict[str, list[Any]]:
    """The four lists of the file, as far as it has them, over all its pages. Raises Problem."""
    return _joined(path, read_pages(path))


def estate_of_lists(where: str, lists: Mapping[str, Sequence[object]], progress: Progress) -> Estate:
    """The account in the four lists. where: what they were read from, for messages. Raises Problem."""
    reader = reader_of(where)
    users = tuple(reader.principals(lists, "UserDetailList"))
    groups = {item.name: item for item in reader.groups(lists)}
    roles = tuple(reader.principals(lists, "RoleDetailList"))
    policies = {item.arn: item for item in reader.policies(lists)}
    gaps = tuple(f"the file has no {name}" for name in LISTS if name not in lists)
    for gap in gaps:
        progress(f"warning: {where}: {gap}, so nothing is known of what would stand there")
    if not users and not roles:
        raise Problem(f"{where} holds no user and no role; get the whole account: {_COMMAND}")
    return Estate(reader.account_id, reader.partition, users, groups, roles, policies, gaps)


def reader_of(where: str) -> _Reader:
    """What turns the entries of one account into values. where: what they were read from, for messages."""
    return _Reader(where)


_COMMAND = "aws iam get-account-authorization-details --output json"


def _joined(path: str, pages: Sequence[object]) -> dict[str, list[Any]]:
    """The four lists over all pages. Raises Problem where pages are missing."""
    joined: dict[str, list[Any]] = {}
    for number, page in enumerate(pages, 1):
        where = path if len(pages) == 1 else f"{path}, page {number}"
        if not isinstance(page, Mapping) or not any(name in page for name in LISTS):
            raise Problem(f"{where} is not what `{_COMMAND}` prints: it has none of {', '.join(LISTS)}")
        for name in LISTS:
            listed = page.get(name)
            if listed is None:
                continue
            if not isinstance(listed, list):
                raise Problem(f"{where}: {name} is not a list")
            joined[name] = joined[name] + listed if name in joined else listed
    _refuse_incomplete(path, [page for page in pages if isinstance(page, Mapping)])
    return joined


def _refuse_incomplete(path: str, pages: Sequence[Entry]) -> None:
    """Every page but the last is truncated; a file whose last page is, or that lacks one between, is incomplete."""
    more = [page.get("IsTruncated") is True or bool(page.get("NextToken")) for page in pages]
    if more.count(True) >= len(pages) or more[-1]:
        raise Problem(
            f"{path} is incomplete: its last page says that more follow (IsTruncated or NextToken); get all of them "
            f"by running `{_COMMAND}` without --no-paginate and --max-items, or put all pages into the file, in order"
        )


class _Reader:
    """Turns entries into values; remembers the account, and each document text that was decoded."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.account_id = self.partition = self._home = ""
        self._kinds = {kind: f"{kind.lower()}/" for kind in ("User", "Group", "Role")}
        self._arns: dict[str, Entry] = {}
        self._texts: dict[str, Raw] = {}
        self._names: set[str] = set()  # that were found to be names

    def principals(self, lists: Mapping[str, Sequence[object]], name: str) -> Iterator[Principal]:
        """The users or the roles."""
        is_role = name == "RoleDetailList"
        kind = "Role" if is_role else "User"
        named, identified, inlined = f"{kind}Name", f"{kind}Id", f"{kind}PolicyList"
        for where, item in self._entries(lists, name):
            arn = self._arn(item, kind, where)
            if arn is None:
                continue
            get = item.get  # most entries lack most of these, and a call for each costs more than reading the JSON
            used, boundary = get("RoleLastUsed"), get("PermissionsBoundary")
            yield Principal(
                "role" if is_role else "user", self._name(item, named, arn, where), _text(item, "Path", "/"),
                arn, _text(item, identified),
                self.document(get("AssumeRolePolicyDocument")) if is_role else None,
                self._inline(item, inlined, where) if get(inlined) else (),
                self._attached(item, where) if get("AttachedManagedPolicies") else (),
                self._texts_of(item, "GroupList", where) if get("GroupList") and not is_role else (),
                self._named(boundary, "PermissionsBoundaryArn", where, "PermissionsBoundary") if boundary else "",
                self._tags(item, where) if get("Tags") else (),
                _text(used, "LastUsedDate") if type(used) is dict else "",
                self._profiles(item, where) if get("InstanceProfileList") else (),
                _text(item, "CreateDate"),
            )  # fmt: skip

    def groups(self, lists: Mapping[str, Sequence[object]]) -> Iterator[Group]:
        """The groups."""
        for where, item in self._entries(lists, "GroupDetailList"):
            arn = self._arn(item, "Group", where)
            if arn is not None:
                yield Group(self._name(item, "GroupName", arn, where), _text(item, "Path", "/"), arn,
                            self._inline(item, "GroupPolicyList", where), self._attached(item, where))  # fmt: skip

    def policies(self, lists: Mapping[str, Sequence[object]]) -> Iterator[ManagedPolicy]:
        """The managed policies, each with its default version."""
        for where, item in self._entries(lists, "Policies"):
            arn = self._named(item, "Arn", where)
            if self._twice(arn, item, where):
                continue
            default = _text(item, "DefaultVersionId")
            versions, marked = [], []
            for one in self._objects(item, "PolicyVersionList", where):
                version = self._named(one, "VersionId", where, "PolicyVersionList")
                versions.append((version, self.document(one.get("Document"))))
                if one.get("IsDefaultVersion") is True:
                    marked.append(version)
            chosen = default or (marked[0] if len(marked) == 1 else "")
            document = dict(versions).get(chosen) if not marked or marked == [chosen] else None
            if document is None:
                document = Unknown(f"the file does not tell the default version of the policy {arn}")
            yield ManagedPolicy(arn, _text(item, "PolicyName") or arn.rpartition("/")[2], _text(item, "Path", "/"),
                                document, chosen, tuple(versions))  # fmt: skip

    def _entries(self, lists: Mapping[str, Sequence[object]], name: str) -> Iterator[tuple[str, Entry]]:
        for number, item in enumerate(lists.get(name, ())):
            if type(item) is not dict:
                raise Problem(f"{self.path}: {name}[{number}] is not an object")
            yield f"{self.path}: {name}[{number}]", item

    def _arn(self, item: Entry, kind: str, where: str) -> str | None:
        """The ARN of a user, group or role of the one account; None for an entry that stands there twice."""
        arn = self._named(item, "Arn", where)
        if self._home and arn.startswith(self._home + self._kinds[kind]):
            return None if self._twice(arn, item, where) else arn
        parts = arn.split(":", 5)
        if len(parts) != 6 or parts[2] != "iam" or not parts[5].startswith(self._kinds[kind]) or not account_of(arn):
            raise Problem(f"{where}: Arn {arn[:200]!r} is not the ARN of a {kind.lower()}")
        if not self.account_id:
            self.partition, self.account_id = parts[1], parts[4]
            self._home = arn[: -len(parts[5])]
        elif parts[4] != self.account_id:
            raise Problem(f"{where} is of account {parts[4]}, but the file begins with account {self.account_id}; "
                          "give one file for each account")  # fmt: skip
        return None if self._twice(arn, item, where) else arn

    def _twice(self, arn: str, item: Entry, where: str) -> bool:
        if arn not in self._arns:
            self._arns[arn] = item
            return False
        if self._arns[arn] != item:
            raise Problem(f"{where}: {arn[:200]} stands in the file before with other content; get the file anew")
        return True

    def _name(self, item: Entry, key: str, arn: str, where: str) -> str:
        name = item.get(key)
        if type(name) is str and name and arn.endswith(f"/{name}"):
            return name
        name = self._named(item, key, where)
        if not arn.endswith(f"/{name}"):
            raise Problem(f"{where}: {key} {name[:200]!r} is not the name in its Arn {arn[:200]!r}")
        return name

    def _named(self, item: object, key: str, where: str, within: str = "") -> str:
        """A name or an ARN, which IAM keeps to printable ASCII characters without blanks."""
        value = item.get(key) if type(item) is dict else None
        if type(value) is str and value in self._names:
            return value
        where = f"{where}: {within}" if within else where
        if not isinstance(value, str) or not value:
            raise Problem(f"{where} has no {key}")
        if not value.isascii() or not value.isprintable() or len(value) > 2048:
            raise Problem(f"{where}: {key} {value[:100]!a} is no name that IAM gives")
        self._names.add(value)
        return value

    def _objects(self, item: Entry, key: str, where: str) -> Sequence[Entry]:
        listed = item.get(key)
        if not listed:
            return ()
        if type(listed) is list:
            for one in listed:
                if type(one) is not dict:
                    break
            else:
                return listed
        raise Problem(f"{where}: {key} is not a list of objects")

    def _texts_of(self, item: Entry, key: str, where: str) -> tuple[str, ...]:
        listed = item.get(key) or ()
        if not isinstance(listed, (list, tuple)) or not all(isinstance(one, str) and one.isascii() for one in listed):
            raise Problem(f"{where}: {key} is not a list of names")
        return tuple(listed)

    def _inline(self, item: Entry, key: str, where: str) -> Inline:
        return tuple([(self._named(one, "PolicyName", where, key), self.document(one.get("PolicyDocument")))
                      for one in self._objects(item, key, where)])  # fmt: skip

    def _attached(self, item: Entry, where: str) -> tuple[str, ...]:
        known, found = self._names, []
        for one in self._objects(item, "AttachedManagedPolicies", where):
            arn = one.get("PolicyArn")
            if type(arn) is not str or arn not in known:
                arn = self._named(one, "PolicyArn", where, "AttachedManagedPolicies")
            found.append(arn)
        return tuple(found)

    def _profiles(self, item: Entry, where: str) -> tuple[str, ...]:
        return tuple([_text(one, "Arn") for one in self._objects(item, "InstanceProfileList", where)])

    def _tags(self, item: Entry, where: str) -> tuple[tuple[str, str], ...]:
        found = []
        for one in self._objects(item, "Tags", where):
            key, value = one.get("Key"), one.get("Value")
            if type(key) is not str or type(value) is not str:
                raise Problem(f"{where}: Tags holds a tag without Key and Value")
            found.append((key, value))
        return tuple(found)

    def document(self, value: object) -> Raw:
        """What a decoded value is taken for as a policy document."""
        if isinstance(value, dict):
            return value
        if not isinstance(value, str):
            return Unknown("the file holds no document there" if value is None else "its document is no policy")
        if value not in self._texts:
            self._texts[value] = _decoded(value)
        return self._texts[value]


def _decoded(text: str) -> Raw:
    if not text.lstrip().startswith("{"):
        from urllib.parse import unquote  # "+" stands for itself in RFC 3986

        text = unquote(text)
    try:
        value = read_json(text, "it")
    except PolicyError as error:
        return Unknown(f"its document cannot be read: {error}")
    return value if isinstance(value, dict) else Unknown("its document is no JSON object")


def _text(item: Entry, key: str, default: str = "") -> str:
    value = item.get(key)
    return value if isinstance(value, str) else default
