"""Asking AWS, one call or one paged call at a time; a refusal is written down and reading goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from iam_guardrails.adapters.aws.errors import THROTTLED, AwsError, code_of, fatal, sentence
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.model.iam.document import PolicyDocument, PolicyError, parse
from iam_guardrails.model.unknown import Unknown

_ACTION_PREFIX = {"accessanalyzer": "access-analyzer", "s3control": "s3", "sso-admin": "sso"}
_PATIENCE = (1.0, 2.0, 4.0, 8.0, 16.0)  # seconds before each further attempt


class Refused(Exception):
    """A call that brought no answer; `reason` is the clause a report shows, `code` AWS's error code."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class RepeatedPage(Exception):
    """A paged call handed out the same page token twice: its list would never end."""


class Reading:
    """One read of one account: makes the calls, counts them, and keeps what was refused."""

    def __init__(
        self,
        session: Session,
        account_id: str,
        partition: str = "aws",
        progress: Callable[[str], None] | None = None,
        wait: Callable[[float], None] | None = None,
    ) -> None:
        """wait: called with seconds before a call that AWS throttled is made again, up to _PATIENCE; without it,
        what botocore's own three attempts do not bring counts as refused."""
        self.account_id = account_id
        self.partition = partition
        self.refused: dict[str, str] = {}
        self.calls: dict[str, int] = {}
        self._session = session
        self._progress = progress
        self._wait = wait

    def apart(self) -> Reading:
        """A reading of the same account whose calls count with this one's, and whose refusals stand apart."""
        made = Reading(self._session, self.account_id, self.partition, self._progress, self._wait)
        made.calls = self.calls
        return made

    def say(self, text: str) -> None:
        """Tell whoever waits what is being read."""
        if self._progress:
            self._progress(text)

    def ask(self, service: str, region: str, operation: str, /, **given: Any) -> dict[str, Any]:
        """One call, e.g. `ask("kms", "us-east-2", "DescribeKey", KeyId=arn)`. Raises Refused or AwsError."""
        return self._guarded(service, region, operation, lambda method: [method(**given)])[0]

    def pages(self, service: str, region: str, operation: str, key: str, /, **given: Any) -> list[Any]:
        """Every item under `key` of every page of a call. Raises Refused or AwsError; never half a list."""
        return [item for page in self.all_pages(service, region, operation, **given) for item in page.get(key, ())]

    def all_pages(self, service: str, region: str, operation: str, /, **given: Any) -> list[dict[str, Any]]:
        """Every page of a call, whole. Raises Refused or AwsError."""
        return self._guarded(service, region, operation, lambda method: _walk(method, given))

    def offers(self, service: str, region: str, operation: str) -> bool:
        """Whether the installed boto3 knows an operation at all."""
        return hasattr(self._session.client(service, region_name=region), _method_name(operation))

    def _guarded(
        self, service: str, region: str, operation: str, run: Callable[[Any], list[dict[str, Any]]]
    ) -> list[dict[str, Any]]:
        action = f"{_ACTION_PREFIX.get(service, service)}:{operation}"
        method = _counted(self._session.client(service, region_name=region), operation, action, self.calls)
        if self._wait:
            method = _patient(method, self._wait)
        try:
            return run(method)
        except AwsError:
            raise
        except Exception as error:  # botocore's parser errors share no base class with the others
            raise fatal(action, region, error) or Refused(sentence(action, error), code_of(error)) from None

    def note(self, kinds: Iterable[str], region: str | None, reason: str) -> None:
        """Write down why some kinds of things could not be read (in a Region, when they are regional)."""
        for kind in kinds:
            place = f"{kind}@{region}" if region else kind
            old = self.refused.get(place)
            if old is None or reason not in old:
                self.refused[place] = f"{old}; {reason}" if old else reason

    def attempt(self, kinds: Iterable[str], region: str | None, read: Callable[[], list[Any]]) -> list[Any]:
        """Run `read`; when it is refused, note its kinds and return nothing."""
        try:
            return read()
        except Refused as refusal:
            self.note(kinds, region, refusal.reason)
            return []

    def detail(
        self, service: str, region: str, operation: str, /, absent: Iterable[str] = (), **given: Any
    ) -> dict[str, Any] | Unknown | None:
        """One call about one thing: its answer, None when AWS says there is none (a code in `absent`), or
        Unknown with the refusal, so that only the values it would have brought are not judged."""
        try:
            return self.ask(service, region, operation, **given)
        except Refused as refusal:
            return None if refusal.code in set(absent) else Unknown(refusal.reason)


def _method_name(operation: str) -> str:
    from botocore import xform_name

    return str(xform_name(operation))


def _counted(client: Any, operation: str, action: str, calls: dict[str, int]) -> Callable[..., dict[str, Any]]:
    method = getattr(client, _method_name(operation))

    def call(**given: Any) -> dict[str, Any]:
        calls[action] = calls.get(action, 0) + 1
        answer: dict[str, Any] = method(**given)
        return answer

    return call


def _patient(method: Callable[..., dict[str, Any]], wait: Callable[[float], None]) -> Callable[..., dict[str, Any]]:
    def call(**given: Any) -> dict[str, Any]:
        for seconds in _PATIENCE:
            try:
                return method(**given)
            except Exception as error:  # botocore makes an exception class per service
                if code_of(error) not in THROTTLED:
                    raise
            wait(seconds)
        return method(**given)

    return call


# How AWS's services name "there is more": the answer's field, and the request's field it goes back in.
_TOKENS = (
    ("NextToken", "NextToken"),
    ("nextToken", "nextToken"),
    ("NextMarker", "Marker"),
    ("Marker", "Marker"),
)


def _walk(method: Callable[..., dict[str, Any]], given: Mapping[str, Any]) -> list[dict[str, Any]]:
    pages = [method(**given)]
    while follow := _next(pages[-1]):
        if len(pages) > 1 and follow == _next(pages[-2]):
            raise RepeatedPage
        pages.append(method(**{**given, **follow}))
    return pages


def _next(page: Mapping[str, Any]) -> dict[str, str]:
    if page.get("IsTruncated", page.get("Truncated")) is False:
        return {}
    for found, back in _TOKENS:
        if page.get(found):
            return {back: page[found]}
    return {}


def document(value: Any, what: str, seen: dict[int, PolicyDocument] | None = None) -> PolicyDocument | Unknown:
    """A policy as boto3 hands it over: decoded, JSON text, or URL-encoded JSON text.

    seen: by `id`, documents that were read before; their values must live as long as this is used.
    """
    if seen is not None and id(value) in seen:
        return seen[id(value)]
    found = _document(value, what)
    if seen is not None and isinstance(found, PolicyDocument):
        seen[id(value)] = found
    return found


def _document(value: Any, what: str) -> PolicyDocument | Unknown:
    if isinstance(value, str) and value.startswith("%7B"):
        from urllib.parse import unquote

        value = unquote(value)
    try:
        return parse(value)
    except PolicyError as error:
        return Unknown(f"{what} is not a policy this program can read ({error})")


def of(answer: Mapping[str, Any] | Unknown | None, key: str, default: Any) -> Any:
    """A value out of a `detail` answer: Unknown when that was refused, `default` when absent."""
    if isinstance(answer, Unknown):
        return answer
    return default if answer is None else answer.get(key, default)
