"""How a command is called again, so that every one that is printed runs as it is printed."""

from __future__ import annotations

import shlex

from iam_guardrails.model.value import frozen


@frozen
class Calling:
    """root: the project, "" where the folder of the reader leads to it.  sandbox: the reviews of the embedded AWS."""

    root: str = ""
    sandbox: bool = False

    def review(self, environment: str, cadence: str, action: str = "", *more: str) -> str:
        """A command about a review. action: "" to judge it.  more: further words, which are not quoted."""
        words = [*self._program, "review", *([action] if action else []), shlex.quote(environment)]
        words += ["--cadence", cadence] if cadence else []
        return " ".join([*words, *more, *self._flag])

    def other(self, *words: str) -> str:
        """Another command of the same project and side, e.g. `other("capture", "prod")`."""
        return " ".join([*self._program, *words, *self._flag])

    def plain(self, *words: str) -> str:
        """A command of the same project that knows no embedded AWS, e.g. `plain("secrets")`."""
        return " ".join([*self._program, *words])

    @property
    def _program(self) -> list[str]:
        return ["guardrails", *(["--root", shlex.quote(self.root)] if self.root else [])]

    @property
    def _flag(self) -> list[str]:
        return ["--sandbox"] if self.sandbox else []


@frozen
class Commands:
    """Commands that ask more about what a review was judged from; the rules print them as remedies.

    account: where the account stands, e.g. ("--from", "/captures/prod.capture.gz"), () where nobody told.  trail: where
    CloudTrail's records come from with the window, e.g. ("--source", "/trail", "--since", "2026-11-01T00:00:00Z").
    config: guardrails.toml.  Paths are whole.
    """

    calling: Calling = Calling()
    environment: str = ""
    cadence: str = "monthly"
    account: tuple[str, ...] = ()
    trail: tuple[str, ...] = ()
    config: str = ""

    def review(self, action: str) -> str:
        """An action of `guardrails review` about this one; the bare action where nobody told which one it is."""
        if not self.environment:
            return f"guardrails review {action}"
        return self.calling.review(self.environment, self.cadence, action)

    def tighten(self, *roles: str) -> str:
        """`policy tighten` of these roles, "" where nobody told what it would read."""
        named = [word for role in roles for word in ("--role", role)]
        if not (self.account and self.trail):
            return ""
        config = ("--config", self.config) if self.config else ()
        flag = ("--sandbox", self.environment) if self.calling.sandbox else ()
        words = map(shlex.quote, ("policy", "tighten", *self.account, *self.trail, *named, *config, *flag))
        return self.calling.plain(*words) if self.calling.sandbox else " ".join(["guardrails", *words])

    def escalations(self) -> str:
        """`policy escalations`, "" where nobody told what it would read."""
        return self._policy("escalations", *self.account) if self.account else ""

    def _policy(self, *words: str) -> str:
        config = ("--config", self.config) if self.config else ()
        return " ".join(["guardrails", "policy", *(shlex.quote(word) for word in (*words, *config))])
