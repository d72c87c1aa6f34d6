"""The embedded engine: reads CloudTrail's files with all cores, and keeps the facts of each day for the next time."""

from iam_guardrails.adapters import quick_msgspec

quick_msgspec.load()
