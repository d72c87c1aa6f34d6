"""Guardrails for emergency access to AWS accounts, and the harness that judges them."""
