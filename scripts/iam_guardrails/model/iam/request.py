"""One request to AWS as its policies see it: who asks, for what, on what, and the condition keys it carries.

How the principal is written (AWS IAM User Guide, reference_policies_elements_principal and reference_identifiers):

- `arn:aws:iam::111122223333:user/path/name`: an IAM user;
- `arn:aws:sts::111122223333:assumed-role/name/session`: a session of a role. Its ARN lacks the role's path: where the
  role has one, the context holds `aws:PrincipalArn`, the ARN of the role;
- `arn:aws:iam::111122223333:role/path/name`: a session of that role under a name that is not told;
- `arn:aws:sts::111122223333:federated-user/name`: a session of GetFederationToken;
- `arn:aws:iam::111122223333:root`: the account's root user;
- `arn:aws:iam::111122223333:saml-provider/name`, `…:oidc-provider/name`, `accounts.google.com`,
  `cognito-identity.amazonaws.com`, …: somebody with an assertion of that provider, who asks STS for a role;
- `ec2.amazonaws.com`: an AWS service in its own name;
- `*` or `anonymous`: nobody that AWS knows.
"""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.iam.caller import (
    PRESENT,
    SESSION,
    UNKNOWN,
    Caller,
    Open,
    RequestError,
    Value,
    Values,
    derived_keys,
    read_caller,
)
from iam_guardrails.model.value import field, frozen

__all__ = [
    "OVER_TLS", "PRESENT", "UNKNOWN", "Open", "Request", "RequestError", "Situation", "Value", "Values", "situation_of",
]  # fmt: skip

# in every request, whatever it says (AWS IAM User Guide, reference_policies_condition-keys: availability)
ALWAYS = frozenset({"aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:viaawsservice"})
OVER_TLS: Mapping[str, Value] = {"aws:securetransport": ("true",)}  # the caller chooses it, IAM and STS want it


@frozen
class Request:
    """principal: see above.  action: e.g. "sts:AssumeRole".  resource: an ARN, or "*" where the action has none.

    context: condition key -> its values; `()` is a key that is there and empty, None one that is absent, UNKNOWN one
    that may be there, PRESENT one that is there with any value. Letter case of keys does not count.
    context_complete: whether a key that the context does not mention is absent; otherwise it is UNKNOWN. Keys that
    follow from the principal are derived either way.
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, Value] = field(default_factory=dict)
    context_complete: bool = True


@frozen
class Situation:
    """A request made ready for judging: its caller read, its keys in lower case with the derived ones beside them."""

    request: Request
    caller: Caller
    keys: Mapping[str, Value]

    def value(self, key: str) -> Value:
        """The value of a condition key, given in lower case."""
        if key in self.keys:
            return self.keys[key]
        if key in ALWAYS:
            return PRESENT
        return None if self.request.context_complete else UNKNOWN


def situation_of(request: Request) -> Situation:
    """Make a request ready for judging. Raises RequestError for a principal of no known form, or keys it never has."""
    caller = read_caller(request.principal)
    told = {key.lower(): value for key, value in request.context.items()}
    derived = dict(derived_keys(caller))
    if request.action.lower().startswith("kms:"):
        derived["kms:calleraccount"] = (caller.account_id,) if caller.account_id else UNKNOWN
    for key, value in told.items():
        if key in derived or caller.kind == SESSION:  # else it can be anything
            _refuse_what_cannot_be(key, value, derived.get(key), caller)
    _refuse_two_times(told)
    return Situation(request, caller, {**derived, **told})


def _refuse_two_times(told: Mapping[str, Value]) -> None:
    times = [told.get("aws:currenttime"), told.get("aws:epochtime")]
    if not all(isinstance(value, tuple) and len(value) == 1 for value in times):
        return
    from iam_guardrails.model.iam.comparisons import read_date  # here, because it is about requests itself

    moments = {read_date(value[0]) for value in times if isinstance(value, tuple)}
    if len(moments) > 1:
        raise RequestError("the context says that aws:currenttime and aws:epochtime are two different times")


_OF_MEMBERS = ("aws:principalorgid", "aws:principalorgpaths")


def _refuse_what_cannot_be(key: str, told: Value, derived: Value, caller: Caller) -> None:
    """A context may say more of a caller than its text does (a role's path, a unique id), but nothing else."""
    if not isinstance(told, tuple) or len(told) != 1:
        return
    value = told[0]
    if caller.kind == SESSION and key == "aws:userid":
        fitting = value.endswith(f":{caller.name}")
    elif caller.kind == SESSION and key == "aws:principalarn":
        start, _, name = value.rpartition("/")
        fitting = name == caller.role_arn.rpartition("/")[2] and start.startswith(caller.role_arn.rpartition("/")[0])
    elif key == "aws:username" and derived is None:  # users alone have one
        fitting = False
    elif key in _OF_MEMBERS:
        fitting = caller.account_id != ""
    elif isinstance(derived, tuple):
        fitting = value.lower() == derived[0] if derived[0] in ("true", "false") else value == derived[0]
    else:
        return
    if not fitting:
        raise RequestError(f"the context says that {key} is {value[:120]!r}, which it never is for {caller.text[:200]}")
