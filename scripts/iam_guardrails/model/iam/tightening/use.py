"""The question, and what there is to know of the use of one policy."""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.tightening.evidence import Basis, LastAccessed, Window, from_last_accessed
from iam_guardrails.model.iam.tightening.observed import Gathered, Observed
from iam_guardrails.model.iam.tightening.subjects import Subject
from iam_guardrails.model.iam.tightening.unmapped import unmapped
from iam_guardrails.model.value import field, frozen


@frozen
class Asked:
    """What is asked. chosen: ARNs of the roles.  breakglass: ARNs.  last_accessed: by ARN, where there is a file.

    recorded: services whose data events the trail is known to record.  aggressive: what nobody can see is unused.
    told: what else is to be said of the window.
    """

    chosen: frozenset[str]
    window: Window
    breakglass: frozenset[str] = frozenset()
    last_accessed: Mapping[str, LastAccessed] = field(default_factory=dict)
    recorded: frozenset[str] = frozenset()
    aggressive: bool = False
    told: str = ""


class Use:
    """What every role did, looked up policy by policy."""

    def __init__(self, estate: Estate, asked: Asked, gathered: Gathered) -> None:
        self._estate, self._asked, self._gathered = estate, asked, gathered
        self._roles = {role.arn: role for role in estate.roles}
        self._unmapped: dict[str, Mapping[str, str]] = {}

    def basis(self, subject: Subject) -> Basis:
        """What holds for one policy: the use of all its holders together."""
        asked, seen = self._asked, self._gathered.seen
        requests: list[tuple[str, Observed]] = []
        services: set[str] = set()
        other: dict[str, str] = {}
        told = {arn: asked.last_accessed[arn] for arn in subject.holders if arn in asked.last_accessed}
        for arn in subject.holders:
            requests += [(arn, one) for one in seen[arn].requests()]
            services |= seen[arn].services
            other |= self._other_names(arn)
        for arn, one in told.items():
            requests += [(arn, item) for item in from_last_accessed(one, asked.window)]
        return Basis(asked.window, subject.holders, requests, frozenset(services), told, asked.recorded,
                     asked.aggressive, self._gathered.with_keys, other)  # fmt: skip

    def _other_names(self, arn: str) -> Mapping[str, str]:
        """Nothing is claimed of a role of whose policies one cannot be read: it may allow the call."""
        if arn not in self._unmapped:
            documents = [document for _, document in self._estate.identity_documents(self._roles[arn])]
            known = [document for document in documents if isinstance(document, PolicyDocument)]
            whole = len(known) == len(documents)
            self._unmapped[arn] = unmapped(self._gathered.seen[arn].requests(), known) if whole else {}
        return self._unmapped[arn]
