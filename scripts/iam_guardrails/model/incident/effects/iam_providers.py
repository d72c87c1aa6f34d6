"""IAM: OIDC providers, whose client ids and thumbprints tell who may sign in through them.

Source: IAM API Reference, GetOpenIDConnectProvider, AddClientIDToOpenIDConnectProvider,
RemoveClientIDFromOpenIDConnectProvider and UpdateOpenIDConnectProviderThumbprint (which replaces the whole list).
"""

from __future__ import annotations

from typing import Any

from iam_guardrails.model.incident.effects.harm import GIVES, MAY_GIVE, of_list, putting_back
from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, SETS, Call, Kind, Names, Remade, State
from iam_guardrails.model.incident.effects.reading import asked, at, exists, member, of, written_value
from iam_guardrails.model.incident.effects.state import THERE, Whole
from iam_guardrails.model.incident.step import FIX_IAM
from iam_guardrails.model.unknown import Unknown

_GONE = ("NoSuchEntity",)
_GET = ("iam", "GetOpenIDConnectProvider", {"OpenIDConnectProviderArn": "{Arn}"})
_OF = "--open-id-connect-provider-arn"
_ADD, _REMOVE = "add-client-id-to-open-id-connect-provider", "remove-client-id-from-open-id-connect-provider"


def _provider_before(thing: Any, names: Names) -> State:
    told = {"client ids": thing.audiences if isinstance(thing.audiences, Unknown) else list(thing.audiences)}
    if thing.thumbprints is None:
        return {**told, "thumbprints": Unknown("it was made by an earlier version")}
    return Whole({**told, "thumbprints": list(thing.thumbprints)})


def _clients(names: Names, now: State, then: State) -> list[list[str]]:
    """Those that are missing first, so that it never has none."""
    there, wanted = (sorted(state or ()) for state in (now, then))
    steps = [(_ADD, one) for one in wanted if one not in there] + [(_REMOVE, one) for one in there if one not in wanted]
    return [["aws", "iam", step, _OF, names["Arn"], "--client-id", one] for step, one in steps]


def _prints(names: Names, now: State, then: State) -> list[list[str]]:
    command = ["aws", "iam", "update-open-id-connect-provider-thumbprint", _OF, names["Arn"], "--thumbprint-list"]
    return [[*command, *sorted(then)]] if then else []


def _client_before(thing: Any, names: Names) -> State:
    if isinstance(thing.audiences, Unknown):
        return thing.audiences
    return THERE if names["ClientId"] in thing.audiences else None


_CLIENT_IDS = Kind("oidc-client-ids", "the OIDC provider {Arn} takes the client ids it takes now", _GET,
                   at("ClientIDList"), _GONE, is_global=True, steps=_clients, harm=of_list(GIVES, FIX_IAM))  # fmt: skip
CLIENT_ID = Kind(
    "oidc-client-id", "the OIDC provider {Arn} takes the client id {ClientId}", _GET,
    member("ClientIDList", "", "ClientId"), _GONE, is_global=True, whole=True,
    before=of("oidc_providers", "arn", "Arn", _client_before),
    away=f"aws iam {_REMOVE} {_OF} {{Arn}} --client-id {{ClientId}}",
    back=f"aws iam {_ADD} {_OF} {{Arn}} --client-id {{ClientId}}",
    terraform=(("aws_iam_openid_connect_provider", {"arn": "Arn", "client_id_list": "ClientId"}),),
    part=("oidc_providers", "Arn", "audiences"), harm=putting_back(GIVES, FIX_IAM),
)  # fmt: skip
THUMBPRINTS = Kind(
    "oidc-thumbprints", "the OIDC provider {Arn} has the thumbprints it has now", _GET, at("ThumbprintList"), _GONE,
    is_global=True, steps=_prints,
    before=of("oidc_providers", "arn", "Arn", lambda thing, names: Unknown("it was made by an earlier version")
              if thing.thumbprints is None else list(thing.thumbprints)),
    terraform=(("aws_iam_openid_connect_provider", {"arn": "Arn", "thumbprint_list": ""}),),
    part=("oidc_providers", "Arn", "thumbprints"), harm=of_list(GIVES, FIX_IAM),
)  # fmt: skip
OIDC = Kind(
    "oidc-provider", "the OIDC provider {Arn} exists",
    ("iam", "GetOpenIDConnectProvider", {"OpenIDConnectProviderArn": "{Arn}"}), exists(), _GONE, is_global=True,
    before=of("oidc_providers", "arn", "Arn", lambda thing, names: THERE),
    remade=Remade(
        content=asked("GetOpenIDConnectProvider", {"OpenIDConnectProviderArn": "{Arn}"}, lambda found: {
            "client ids": found.get("ClientIDList"), "thumbprints": found.get("ThumbprintList")}),
        before=of("oidc_providers", "arn", "Arn", _provider_before),
        parts={"client ids": _CLIENT_IDS, "thumbprints": THUMBPRINTS}),
    away="aws iam delete-open-id-connect-provider --open-id-connect-provider-arn {Arn}",
    terraform=(("aws_iam_openid_connect_provider", {"arn": "Arn"}),), part=("oidc_providers", "Arn", "arn"),
    harm=putting_back(MAY_GIVE, FIX_IAM),
)  # fmt: skip
_ARN = {"Arn": "openIDConnectProviderArn"}
_CLIENT = _ARN | {"ClientId": "clientID|clientId"}
CALLS: tuple[Call, ...] = (
    Call("iam:CreateOpenIDConnectProvider", OIDC, ADDS, {"Arn": "response:openIDConnectProviderArn"}, fresh=True),
    Call("iam:DeleteOpenIDConnectProvider", OIDC, REMOVES, _ARN),
    Call("iam:AddClientIDToOpenIDConnectProvider", CLIENT_ID, ADDS, _CLIENT),
    Call("iam:RemoveClientIDFromOpenIDConnectProvider", CLIENT_ID, REMOVES, _CLIENT),
    Call("iam:UpdateOpenIDConnectProviderThumbprint", THUMBPRINTS, SETS, _ARN, written_value("thumbprintList")),
)  # fmt: skip
