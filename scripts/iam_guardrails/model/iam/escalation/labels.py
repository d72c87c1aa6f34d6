"""Labels: tags that somebody could set to meet a condition, and policies that somebody could attach.

The account's conditions tell which tags matter, and by which values; the account holds the policies. Each makes one
method of its own, out of the published one: "set the tag team=red of a user", "attach the policy x to a user".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from iam_guardrails.model.iam.document import Condition, PolicyDocument, Statement
from iam_guardrails.model.iam.escalation.choices import REQUEST_TAG, TAG_KEYS, Choices
from iam_guardrails.model.iam.escalation.methods import Method, Need
from iam_guardrails.model.iam.escalation.sheets import mentioned
from iam_guardrails.model.iam.match import names_action
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.request import Request, situation_of
from iam_guardrails.model.iam.tag_spellings import spellings
from iam_guardrails.model.value import changed

PRINCIPAL_TAG, RESOURCE_TAGS = "aws:principaltag/", ("aws:resourcetag/", "iam:resourcetag/")
TAG, UNTAG, ATTACH = "tag", "untag", "attach"
_SETTING = ("iam:TagUser", "iam:UntagUser", "iam:TagRole", "iam:UntagRole")
MOST_KEYS, MOST_VALUES = 20, 50
TOO_MANY = "conditions name more tags than can be tried together: what setting a tag would open is not judged"
Pair = tuple[str, str | None]


@lru_cache(maxsize=1 << 14)
def read_gain(gain: str) -> Pair | None:
    """The tag that a gain sets (key in lower case, value), with None for one that it takes away; None for others."""
    kind, _, rest = gain.partition(" ")
    if kind == TAG:
        key, _, value = rest.partition("=")
        return key.lower(), value
    return (rest.lower(), None) if kind == UNTAG else None


class Tags:
    """The tags that conditions of the account ask for. asked: of callers, of what is asked about."""

    def __init__(self, estate: Estate, documents: Sequence[PolicyDocument]) -> None:
        self.estate = estate
        keys = {key for document in documents for key in mentioned(document)}
        self.of_callers = any(key.startswith(PRINCIPAL_TAG) for key in keys)
        self.of_targets = any(key.startswith(RESOURCE_TAGS) for key in keys)
        names = sorted({key.partition("/")[2] for key in keys if key.startswith((PRINCIPAL_TAG, *RESOURCE_TAGS))})
        self.too_many = len(names) > MOST_KEYS
        told: dict[str, list[tuple[Condition, str]]] = {name: [] for name in names[:MOST_KEYS]}
        self.on_keys: dict[Condition, None] = {}  # the conditions on the keys of the tags that a request carries
        for document in documents:
            for item in document.statements:
                for one in item.conditions:
                    begin, slash, name = one.key.lower().partition("/")
                    kinds = (PRINCIPAL_TAG, *RESOURCE_TAGS, *((REQUEST_TAG,) if slash and _sets_tags(item) else ()))
                    if begin + slash in kinds and name in told:
                        told[name].append((one, document.version))
                    elif begin == TAG_KEYS and _sets_tags(item):
                        self.on_keys[one] = None
        self.values = {name: self._values(name, conditions) for name, conditions in told.items()}

    def _values(self, name: str, told: list[tuple[Condition, str]]) -> tuple[str, ...]:
        """The values by which the conditions tell tags apart, and those that somebody in the account has."""
        situation = situation_of(Request("anonymous", "sts:AssumeRole", "*", {}, context_complete=False))
        plain = [one for one in told if not any("${" in text for text in one[0].values)]
        found = dict.fromkeys(Choices(self.estate.partition).texts("tag", plain, situation) or ())
        if len(plain) < len(told) or not told:  # compared with a variable, or named as one
            people = self.estate.principals
            found |= {value: None for item in people for key, value in item.tags if key.lower() == name}
        self.too_many = self.too_many or len(found) > MOST_VALUES
        return tuple(found)[:MOST_VALUES]

    def methods(self, base: Method) -> Iterator[Method]:
        """One method for each tag that matters, out of the one that sets or takes away tags."""
        spelled = {key.lower(): key for item in self.estate.principals for key, _ in item.tags}
        action, what = base.needs[0].action, base.target
        for name, values in self.values.items():
            known = spelled.get(name, name)
            for key in spellings(known, self.on_keys):
                carried: tuple[tuple[str, str], ...] = (("aws:TagKeys", key),)
                if base.gain == UNTAG:
                    yield changed(base, gain=f"{UNTAG} {known}", name=f"Take the tag {key} away from a {what}",
                                  needs=(Need(action, carries=carried),))  # fmt: skip
                    continue
                for value in values:
                    needs = (Need(action, carries=(*carried, (f"aws:RequestTag/{key}", value))),)
                    yield changed(base, gain=f"{TAG} {known}={value}", name=f"Set the tag {key}={value} of a {what}",
                                  needs=needs)  # fmt: skip


def _sets_tags(item: Statement) -> bool:
    """Whether a statement is about setting tags of users or roles, or taking them away."""
    if item.not_actions:
        return not all(names_action(item.not_actions, action) for action in _SETTING)
    return any(names_action(item.actions, action) for action in _SETTING)


def expanded(methods: Iterable[Method], tags: Tags) -> Iterator[Method]:
    """The methods, with one for each tag instead of those about any tag."""
    for item in methods:
        if item.gain not in (TAG, UNTAG):
            yield item
        elif tags.of_callers or tags.of_targets:
            yield from tags.methods(item)


def attaching(base: Method, arn: str) -> Method:
    """The method that attaches one policy, out of the one that attaches an administrator's."""
    name = f"Attach the policy {arn.rpartition('/')[2]} to a {base.target}"
    carried = (("iam:PolicyARN", arn),)
    needs = tuple(changed(need, carries=carried) if need.carries else need for need in base.needs)
    return changed(base, gain=f"{ATTACH} {arn}", name=name, needs=needs)


def settable(others: Iterable[tuple[str, int]], number: int) -> Mapping[str, list[str | None]]:
    """Which tags of a user or role (by number) were set to what, out of the gains and their bits."""
    found: dict[str, list[str | None]] = {}
    for gain, mask in others:
        pair = read_gain(gain) if mask >> number & 1 else None
        if pair is not None:
            found.setdefault(pair[0], []).append(pair[1])
    return found
