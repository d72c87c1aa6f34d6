"""How what could not be judged can be made known, by what the reason says is missing."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:
    from typing import Final

AFTER: Final = "judge the account after the apply: guardrails verify"
BY_HAND: Final = f"look at it by hand, or {AFTER}"
_BY_REASON: Final = (
    # words of a reason (any of them), and what helps; the first line that fits counts
    (("marked sensitive",), f"do not mark it as sensitive, for it holds no secret, or {AFTER}"),
    (("guardrails.toml declares", "of guardrails.toml", "give it the name of guardrails.toml", "guardrails.toml names"),
     "declare it in guardrails.toml, and give the resource the name that is declared there"),
    (("after apply", "at apply", "not known yet", "it is not issued"),
     f"build it from names and the account id, which the plan can tell, or {AFTER}"),
    (("the plan holds no", "the plan does not hold", "is not in the plan", "the plan shows none", "another stack",
      "the plan does not show", "the plan holds nothing"), f"plan it in the same configuration, or {AFTER}"),
    (("could not be read", "not read", "not among those read", "is not part of what was read", "was not called",
      "does not hold its document", "could not be looked at", "AccessDenied"),
     "let the role that reads the account make the call (module harness-access), and look again"),
    (("whose id", "unique id"), "name the user by ARN instead of by unique id"),
    (("undetermined",), "write the condition in a form that can be compared (AWS User Guide: condition operators), "
                        "or look at the statement by hand"),
    (("checkov",), "install it (make install), and run again"),
)  # fmt: skip


def how_to_know(reason: str) -> str:
    """One clause in the imperative, for the reason of a "not judged"; never empty."""
    return next((remedy for words, remedy in _BY_REASON if any(word in reason for word in words)), BY_HAND)


def how_to_know_of(references: tuple[str, ...]) -> str:
    """The same for a value that leads to what AWS issues at apply. references: Terraform addresses, at least one."""
    listed = ", ".join(references)
    return f"write it with names and the account id instead of {listed}, which the plan cannot tell, or {AFTER}"
