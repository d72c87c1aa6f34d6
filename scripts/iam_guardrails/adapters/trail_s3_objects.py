"""CloudTrail's files under a prefix of an S3 bucket (trail_objects).

Sources: Amazon S3 API Reference, ListObjectsV2 (in order of the keys' UTF-8 bytes), GetObject, HeadObject (user-defined
metadata); Amazon S3 User Guide, "Organizing objects in the Amazon S3 console using folders" (a folder is an empty
object whose key ends with a slash).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.trail_bytes import MAXIMUM_FILE_BYTES, PIECE, Damage
from iam_guardrails.adapters.trail_days import Level, list_days
from iam_guardrails.adapters.trail_objects import HELD_BYTES, S3, TOO_MUCH, Absent, StoredObject, limited
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.window import Days


def _files(page: Mapping[str, Any]) -> Iterator[StoredObject]:
    for found in page.get("Contents", ()):
        if found["Size"] or not found["Key"].endswith("/"):  # an empty one is a folder
            yield StoredObject(found["Key"], found["Size"], found["ETag"].strip('"'))


def _some(body: Any, most: int) -> bytes:
    """What comes next of a body. Raises Damage."""
    try:
        content: bytes = body.read(most)
    except Exception as error:  # the network may end in the middle in many ways
        raise Damage(f"reading it ended too early ({type(error).__name__})") from None
    return content


def _pieces(start: bytes, body: Any) -> Iterator[bytes]:
    """A large body. Raises Damage."""
    total = 0
    while start:
        total += len(start)
        if total > MAXIMUM_FILE_BYTES:
            raise Damage(TOO_MUCH)
        yield start
        start = _some(body, PIECE)


class S3Objects:
    """The objects of a bucket under a prefix; keys are whole, from the root of the bucket."""

    reads_at_once = 8

    def __init__(
        self, bucket: str, prefix: str = "", region: str = "", environment: Mapping[str, str] | None = None,
        client: Any = None,
    ) -> None:  # fmt: skip
        """`prefix` names a folder: "logs" holds logs/x, not logs2/x.  client: an S3 client, made when needed if None.

        For the rest see open_objects. A pickled copy makes its own client.
        """
        self.source = S3 + bucket + (f"/{prefix}" if prefix else "")
        self.bucket = bucket
        self.prefix = prefix if not prefix or prefix.endswith("/") else prefix + "/"
        self._environment = environment
        variables = os.environ if environment is None else environment
        self._region = region or variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION") or "us-east-1"
        self._client = client
        self._process = os.getpid()
        self.told: Callable[[int], object] | None = None  # of each page, how much is in it

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_client": None, "told": None}

    def list(self, under: str = "") -> Iterator[StoredObject]:
        """See TrailObjects."""
        if not (under.startswith(self.prefix) or self.prefix.startswith(under)):
            return
        for page in self._pages(max(self.prefix, under, key=len), {}):
            yield from _files(page)

    def list_days(self, days: Days) -> Iterator[StoredObject]:
        """The objects but for those in CloudTrail's folders of other days; see trail_days.list_days."""
        return list_days(self, self.prefix, days)

    def level(self, folder: str) -> Level:
        """See trail_days.Folders."""
        files: list[StoredObject] = []
        folders: list[str] = []
        for page in self._pages(folder, {"Delimiter": "/"}):
            files += _files(page)
            folders += (found["Prefix"] for found in page.get("CommonPrefixes", ()))
        return files, folders

    def _pages(self, start: str, always: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        given = dict(always)
        while True:
            page = self._page(start, given)
            if self.told:
                self.told(len(page.get("Contents", ())))
            yield page
            if not page.get("IsTruncated"):
                return
            token = page.get("NextContinuationToken", "")
            if not token or token == given.get("ContinuationToken"):
                raise Problem(f"S3 did not say how the list of {self.source} goes on; repeat the command")
            given = {**always, "ContinuationToken": token}

    def _page(self, start: str, given: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            page: Mapping[str, Any] = self._connected().list_objects_v2(Bucket=self.bucket, Prefix=start, **given)
            return page
        except Problem:
            raise
        except Exception as error:  # botocore's parser errors share no base class with the others
            from iam_guardrails.adapters.aws.errors import AwsError, fatal, sentence

            raise fatal("s3:ListBucket", self._region, error) or AwsError(
                f"{self.source} cannot be listed: {sentence('s3:ListBucket', error)}; check the bucket's name and that"
                " these credentials may list it"
            ) from None

    def read(self, key: str) -> bytes:
        """See TrailObjects."""
        body = self._asked("GetObject", key)["Body"]
        return limited(_some(body, MAXIMUM_FILE_BYTES + 1))

    def open(self, key: str) -> bytes | Iterator[bytes]:
        """See TrailObjects."""
        body = self._asked("GetObject", key)["Body"]
        start = _some(body, HELD_BYTES + 1)
        return start if len(start) <= HELD_BYTES else _pieces(start, body)

    def metadata(self, key: str) -> Mapping[str, str]:
        """See TrailObjects."""
        found: Mapping[str, str] = self._asked("HeadObject", key).get("Metadata", {})
        return found

    def _asked(self, operation: str, key: str) -> Mapping[str, Any]:
        client = self._connected()
        method = client.get_object if operation == "GetObject" else client.head_object
        try:
            answer: Mapping[str, Any] = method(Bucket=self.bucket, Key=key)
            return answer
        except Exception as error:  # botocore's parser errors share no base class with the others
            from iam_guardrails.adapters.aws.errors import code_of, fatal, sentence

            action, code = "s3:GetObject", code_of(error)  # HeadObject needs the same permission
            if code in ("NoSuchKey", "404", "NotFound"):
                raise Absent("there is no such object") from None
            if code == "InvalidObjectState":
                raise Damage("it is archived in a Glacier storage class; restore it first") from None
            raise fatal(action, self._region, error) or Damage(
                f"it cannot be read: {sentence(action, error)}"
            ) from None

    def _connected(self) -> Any:
        """The client; a forked process makes its own, because two must not write into one connection."""
        if self._client is None or self._process != os.getpid():
            self._process = os.getpid()
            from iam_guardrails.adapters.aws.session import session

            variables = dict(os.environ if self._environment is None else self._environment)
            self._client = session(variables, self._region).client("s3", self._region)
        return self._client
