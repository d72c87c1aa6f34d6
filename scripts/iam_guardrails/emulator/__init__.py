"""An AWS to practise on: the moto server plus the calls that moto lacks. Importing grafts nothing."""

from __future__ import annotations

__all__ = ["install"]


def install() -> None:
    """Add our actions to the moto package of this process. A second call changes nothing.

    Errors: ImportError when moto is not installed; GraftError when the moto found is not the pinned one.
    """
    from iam_guardrails.emulator.installation import install_all

    install_all()
