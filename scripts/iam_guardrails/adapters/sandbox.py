"""The sandbox: an embedded AWS to try everything without an account. Imports neither moto nor boto3."""

from __future__ import annotations

from iam_guardrails.adapters.sandbox_access import child_environment, environment, names_to_remove
from iam_guardrails.adapters.sandbox_people import seed_owner_mfa
from iam_guardrails.adapters.sandbox_process import Clock, Sandbox, SandboxError, down, status, up

__all__ = [
    "Clock",
    "Sandbox",
    "SandboxError",
    "child_environment",
    "down",
    "environment",
    "names_to_remove",
    "seed_owner_mfa",
    "status",
    "up",
]
