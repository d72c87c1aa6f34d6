"""The AWS managed policies: read once per process, and only for the aws partition."""

from __future__ import annotations

import copy
from typing import Any

from moto.iam.models import IAMBackend

from iam_guardrails.emulator.graft import Action, wrap_action

_AWS = "aws"
_loaded: dict[str, list[Any]] = {}  # a cache of constants that ship with moto; nothing here is anybody's state


def _init_aws_policies(self: Any, original: Action) -> list[Any]:
    """IAM API Reference: API_ListPolicies, scope AWS; each account gets copies with counts of their own."""
    if self.region_name != _AWS:
        return []
    if _AWS not in _loaded:
        _loaded[_AWS] = original()
    policies = [copy.copy(policy) for policy in _loaded[_AWS]]
    for policy in policies:
        policy.account_id = self.account_id
    return policies


def graft() -> None:
    """Install."""
    wrap_action(IAMBackend, _init_aws_policies)
