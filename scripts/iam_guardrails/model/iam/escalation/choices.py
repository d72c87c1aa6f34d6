"""Condition keys whose values the caller of a request chooses, and which values there are to choose from.

A condition on such a key stops nobody who can read the policy: whoever asks sends the external id, the session name
or the tags that the policies want. For each key all values are tried that the policies tell apart, so that what
contradicts itself is refused. A key that is compared in a way that is not tried here stays open.

Sources: Service Authorization Reference (which actions have which keys, and which other action is needed to tag what is
created); STS API, AssumeRole (which texts are session names, external ids and source identities, how long a session may
be); IAM User Guide, id_credentials_temp_control-access_monitor (sts:SetSourceIdentity), id_session-tags and
id_tags_users; reference_policies_condition-keys (aws:UserAgent and aws:referer are what the caller says; aws:CalledVia
and aws:ViaAWSService tell that a service asks in the caller's name); CloudFormation User Guide, using-iam-servicerole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product

from iam_guardrails.model.iam.document import Condition
from iam_guardrails.model.iam.escalation.regions import regions_of
from iam_guardrails.model.iam.operators import read_operator
from iam_guardrails.model.iam.pattern import RUN, split
from iam_guardrails.model.iam.prove.automaton import READABLE, Automaton, Member, OverBudget
from iam_guardrails.model.iam.prove.patterns import Token
from iam_guardrails.model.iam.request import Situation, Value
from iam_guardrails.model.iam.tag_spellings import TAG_KEYS, spellings
from iam_guardrails.model.iam.variables import fill

REQUEST_TAG, REQUESTED = "aws:requesttag/", "aws:requestedregion"
_NOTHING: tuple[Value, str] = (None, "")
SOURCE_IDENTITY, SESSION_NAME, EXTERNAL_ID = "sts:sourceidentity", "sts:rolesessionname", "sts:externalid"
DURATION, _SHORTEST, _LONGEST_SESSION = "sts:durationseconds", 900, 43_200
SET_SOURCE_IDENTITY = "sts:SetSourceIdentity"
FORWARDED = ("aws:viaawsservice", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast")
_STACK = "arn:{partition}:cloudformation:{region}:{account}:stack/{new}/00000000-0000-0000-0000-000000000000"
# by which a caller has a service ask IAM and others in its name, with its own permissions; and on which resources
FORWARDING: Mapping[str, str] = {
    "cloudformation:CreateStack": _STACK, "cloudformation:UpdateStack": _STACK,
    "cloudformation:ExecuteChangeSet": _STACK, "cloudformation:CreateResource": "some",
    "cloudformation:UpdateResource": "some", "servicecatalog:ProvisionProduct": "some",
}  # fmt: skip
MOST = 300  # choices that are tried for one request
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NAME_SIGNS = f"xyz{_LETTERS[:-3]}{_LETTERS.upper()}0123456789_+=,.@-"
_SIGNS = {SESSION_NAME: _NAME_SIGNS, SOURCE_IDENTITY: _NAME_SIGNS, EXTERNAL_ID: f"{_NAME_SIGNS}:/"}
_LONGEST = {SESSION_NAME: 64, SOURCE_IDENTITY: 64, EXTERNAL_ID: 1224}  # and two signs at least
_SAID = ("aws:useragent", "aws:referer")
_OF_ACTION: Mapping[str, tuple[str, ...]] = {
    "sts:AssumeRole": (EXTERNAL_ID, SESSION_NAME, SOURCE_IDENTITY, REQUESTED, DURATION),
    "sts:SetSourceIdentity": (SOURCE_IDENTITY,),
    "sts:AssumeRoot": (REQUESTED,),
    "lambda:AddPermission": ("lambda:principal", "lambda:functionurlauthtype"),
    "ec2:RunInstances": (
        "ec2:instancetype", "ec2:tenancy", "ec2:metadatahttptokens", "ec2:metadatahttpendpoint", "ec2:ebsoptimized",
        "ec2:metadatahttpputresponsehoplimit", "ec2:instancemarkettype", "ec2:encrypted", "ec2:volumetype",
        "ec2:volumesize", "ec2:associatepublicipaddress",
    ),
    "cloudformation:CreateStack": ("cloudformation:templateurl", "cloudformation:stackpolicyurl"),
}  # fmt: skip
TAGGED_BY: Mapping[str, str] = {
    "sts:AssumeRole": "sts:TagSession", "iam:CreateUser": "iam:TagUser", "iam:CreateRole": "iam:TagRole",
    "iam:CreateInstanceProfile": "iam:TagInstanceProfile", "lambda:CreateFunction": "lambda:TagResource",
    "ec2:RunInstances": "ec2:CreateTags", "sagemaker:CreateNotebookInstance": "sagemaker:AddTags",
    "sagemaker:CreateTrainingJob": "sagemaker:AddTags", "sagemaker:CreateProcessingJob": "sagemaker:AddTags",
    "sagemaker:CreateNotebookInstanceLifecycleConfig": "sagemaker:AddTags", "iam:TagUser": "", "iam:TagRole": "",
}  # fmt: skip
COMPANIONS = (*dict.fromkeys(action for action in TAGGED_BY.values() if action), SET_SOURCE_IDENTITY, *FORWARDING)
Chosen = Mapping[str, Value]


def takes_tags(action: str) -> bool:
    """Whether a request to IAM or STS carries tags; of other services, any may."""
    return not action.startswith(("iam:", "sts:")) or action in TAGGED_BY


def chosen_by_caller(action: str, key: str) -> bool:
    """Whether the caller chooses the value of the condition key (lower case) in a request for the action."""
    if key in _SAID or key in _OF_ACTION.get(action, ()):
        return True
    return action in TAGGED_BY and is_of_tags(key)


def companions(action: str) -> tuple[str, ...]:
    """The actions that a request may need besides, for what the caller chooses."""
    tagging = TAGGED_BY.get(action)
    return (*((tagging,) if tagging else ()), *((SET_SOURCE_IDENTITY,) if action == "sts:AssumeRole" else ()))


def needed_besides(action: str, chosen: Chosen) -> Iterator[str]:
    """The other actions that must be allowed for a request with these values."""
    if TAGGED_BY.get(action) and any(value for key, value in chosen.items() if key.startswith(REQUEST_TAG)):
        yield TAGGED_BY[action]
    if action == "sts:AssumeRole" and chosen.get(SOURCE_IDENTITY):
        yield SET_SOURCE_IDENTITY


def is_of_tags(key: str) -> bool:
    """Whether a condition key (lower case) is about the tags that a request carries."""
    return key == TAG_KEYS or key.startswith(REQUEST_TAG)


def needs_more(keys: Iterable[str]) -> bool:
    """Whether some of the keys are such that a value for them asks for a further permission."""
    return any(key == SOURCE_IDENTITY or is_of_tags(key) for key in keys)


class Choices:
    """What there is to choose from; remembers what it worked out."""

    def __init__(self, partition: str) -> None:
        self.partition = partition
        self._kept: dict[object, tuple[str, ...] | None] = {}

    def of(
        self, action: str, told: Sequence[tuple[Condition, str]], situation: Situation
    ) -> tuple[list[Chosen], bool]:  # fmt: skip
        """The choices, and whether these are all of them: no more than MOST are made.

        told: the conditions that have a say, each with the version of its policy.
        """
        by_key: dict[str, list[tuple[Condition, str]]] = {}
        for one in told:
            key = one[0].key.lower()
            if chosen_by_caller(action, key) and key not in situation.request.context:
                by_key.setdefault(key, []).append(one)
        spelled = self._spelled(by_key)
        options: dict[str, list[tuple[Value, str]]] = {}  # each value, of a tag with a spelling of its key
        for key, conditions in by_key.items():
            values = [] if key == TAG_KEYS else self.texts(key, conditions, situation)
            if values is not None and key != TAG_KEYS:
                options[key] = [*([] if key in (SESSION_NAME, REQUESTED) else [_NOTHING]),
                                *(((text,), name) for text in values for name in spelled.get(key, ("",)))]  # fmt: skip
        options |= {key: [_NOTHING, *((("x",), name) for name in names)] for key, names in spelled.items()
                    if key not in by_key}  # fmt: skip
        closed = {key for key in by_key if key.startswith(REQUEST_TAG) and key not in options}
        found: list[Chosen] = []
        sent = situation.value(TAG_KEYS)
        base = sent if isinstance(sent, tuple) else ()
        for values_ in islice(product(*options.values()), MOST + 1):
            chosen = dict(zip(options, values_, strict=True))
            made: dict[str, Value] = {key: value for key, (value, _) in chosen.items()}
            if spelled and not closed:
                made[TAG_KEYS] = (*base, *(chosen[key][1] for key in spelled if chosen[key][0])) or None
            found.append(made)
        return found[:MOST], len(found) <= MOST

    def _spelled(self, by_key: Mapping[str, Sequence[tuple[Condition, str]]]) -> dict[str, tuple[str, ...]]:
        """By the condition key of a tag that requests may carry: the spellings of the tag's key."""
        asked = [condition for condition, _ in by_key.get(TAG_KEYS, ())]
        return {f"{REQUEST_TAG}{name.lower()}": spellings(name, asked) for name in self._tag_names(by_key)}

    @staticmethod
    def _tag_names(by_key: Mapping[str, Sequence[tuple[Condition, str]]]) -> list[str]:
        """The tags that requests may carry, as the policies spell them; one more where conditions are on tag keys."""
        found: dict[str, str] = {}
        for condition, _ in by_key.get(TAG_KEYS, ()):
            for text in condition.values if "Null" not in condition.operator else ("escalation",):
                name = text.replace("*", "x").replace("?", "x")
                found.setdefault(name.lower(), name)
        for key, conditions in by_key.items():
            if key.startswith(REQUEST_TAG):
                found.setdefault(key.removeprefix(REQUEST_TAG), conditions[0][0].key.partition("/")[2])
        return list(found.values())

    def texts(self, key: str, conditions: Sequence[tuple[Condition, str]], situation: Situation) -> list[str] | None:
        """A text for each way in which the conditions see the key; None where that is not worked out."""
        exact: dict[str, None] = {}
        patterns: dict[tuple[Token, ...], None] = {}
        for condition, version in conditions:
            operator = read_operator(condition.operator)
            base = operator.base.replace("Not", "") if operator else ""
            if base == "Null":
                continue
            if base == "Bool":
                exact |= dict.fromkeys(("true", "false"))
            elif base.startswith("Numeric"):
                exact |= dict.fromkeys(text for value in condition.values for text in _around(value))
            elif base.startswith(("String", "Arn")):
                for text in condition.values:
                    filled = fill(text, situation, version, wildcards="Like" in base or base.startswith("Arn"))
                    if filled.open_keys:
                        return None
                    if filled.tokens is not None:
                        exact |= {} if RUN in filled.tokens or "??" in filled.tokens else {"".join(filled.tokens): None}
                        patterns[_tokens(filled.tokens, base)] = None
            else:
                return None
        if key == REQUESTED:
            return self._regions(conditions, exact)
        if key == DURATION:
            exact |= dict.fromkeys((str(_SHORTEST), str(_LONGEST_SESSION)))
        others = self._examples(key, tuple(patterns))
        if others is None:
            return None
        return [text for text in dict.fromkeys([*exact, *others]) if _sendable(key, text)]

    def _regions(self, conditions: Sequence[tuple[Condition, str]], exact: Iterable[str]) -> list[str]:
        wild = any(sign in text for condition, _ in conditions for text in condition.values for sign in "*?")
        regions = regions_of(self.partition)
        named = [text for text in exact if text in regions]
        return list(regions) if wild else [*named, *[text for text in regions if text not in named][:1]]

    def _examples(self, key: str, patterns: tuple[tuple[Token, ...], ...]) -> tuple[str, ...] | None:
        signs = _SIGNS.get(key, "")
        kept = (signs, patterns)
        if kept not in self._kept:
            members = [Member(_sendable_tokens(signs, patterns), domain=True)]
            members += [Member(tokens, (0,), 1 << number) for number, tokens in enumerate(patterns)]
            try:
                self._kept[kept] = tuple(Automaton(members).classes("", 4_000).values())
            except OverBudget:
                self._kept[kept] = None
        return self._kept[kept]


def _sendable(key: str, text: str) -> bool:
    if key == DURATION:
        return text.isdecimal() and _SHORTEST <= int(text) <= _LONGEST_SESSION
    if key not in _SIGNS:
        return bool(text)
    return 2 <= len(text) <= _LONGEST[key] and set(text) <= set(_SIGNS[key])


def _sendable_tokens(signs: str, patterns: Iterable[Sequence[Token]]) -> tuple[Token, ...]:
    """The pattern of the texts that may be sent: of these signs where there are any, two at least."""
    if not signs:
        return ("?", ""), ("*", "")
    used = {sign for tokens in patterns for _, value in tokens for sign in value}
    barred = "".join(sorted((used | set(READABLE)) - set(signs)))
    return ("c", signs), ("c", signs), ("*", barred)


def _around(value: str) -> Iterator[str]:
    try:
        number = int(value)
    except ValueError:
        return
    yield from (value, str(number - 1), str(number + 1))


def _tokens(tokens: Sequence[str], base: str) -> tuple[Token, ...]:
    made: list[Token] = []
    segments = split(tokens) if base.startswith("Arn") else [list(tokens)]
    for number, segment in enumerate(segments):
        made += [("c", ":")] if number else []
        barred = ":" if base.startswith("Arn") and number < 5 else ""
        for token in segment:
            if token == RUN:
                made.append(("*", barred))
            elif token == "??":
                made.append(("?", barred))
            elif "IgnoreCase" in base and token.lower() != token.upper():
                made.append(("c", token.lower() + token.upper()))
            else:
                made.append(("c", token))
    return tuple(made)


__all__ = [
    "COMPANIONS",
    "REQUESTED",
    "REQUEST_TAG",
    "TAGGED_BY",
    "TAG_KEYS",
    "Choices",
    "Chosen",
    "chosen_by_caller",
    "companions",
    "is_of_tags",
    "needed_besides",
    "needs_more",
    "takes_tags",
]
