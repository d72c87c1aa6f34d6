"""Labels: tags that somebody could set to meet a condition, and policies that somebody could attach.

The account's conditions tell which tags matter, and by which values; the account holds the policies. Each makes one
method of its own, out of the published one: "set the tag team=red of a user", "attach the policy x to a user".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product

from iam_guardrails.model.iam.apart import seen, seen_apart
from iam_guardrails.model.iam.document import Condition, PolicyDocument
from iam_guardrails.model.iam.escalation.choices import REQUEST_TAG, TAG_KEYS, Choices
from iam_guardrails.model.iam.escalation.methods import Method, Need
from iam_guardrails.model.iam.escalation.sheets import mentioned, varied
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.request import Request, situation_of
from iam_guardrails.model.iam.scope import covers_action
from iam_guardrails.model.iam.tag_spellings import spellings
from iam_guardrails.model.iam.variables import NEWER
from iam_guardrails.model.value import changed

PRINCIPAL_TAG, RESOURCE_TAGS = "aws:principaltag/", ("aws:resourcetag/", "iam:resourcetag/")
TAG, UNTAG, ATTACH = "tag", "untag", "attach"
MOST_KEYS, MOST_VALUES, MOST_NAMED = 20, 50, 8
TOO_MANY = "policies name more tags, or values, than can be tried together: what setting a tag would open is not judged"
OTHER_VALUE = "x"  # of a tag that is sent beside another
_TAGGING = ("iam:TagUser", "iam:TagRole", "iam:UntagUser", "iam:UntagRole")
_NOBODY = situation_of(Request("anonymous", "sts:AssumeRole", "*", {}, context_complete=False))
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
        for document in documents:
            for item in document.statements:
                for one in item.conditions:
                    begin, _, name = one.key.lower().partition("/")
                    if f"{begin}/" in (PRINCIPAL_TAG, *RESOURCE_TAGS) and name in told:
                        told[name].append((one, document.version))
        asked = self._of_tagging(documents)
        self._keys = [one for one in asked if one[0].key.lower() == TAG_KEYS]
        self._sent = {name: [one for one in asked if one[0].key.lower() == f"{REQUEST_TAG}{name}"] for name in told}
        self._besides = self._beside()
        variables = {key for document in documents for key in varied(document)}
        self._varied = {key.partition("/")[2] for key in variables if key.startswith((PRINCIPAL_TAG, *RESOURCE_TAGS))}
        self._documents = documents
        self.values = {name: self._values(name, conditions) for name, conditions in told.items()}
        del self._documents

    def _arns(self) -> Iterator[str]:
        """Those of users, roles, groups and managed policies, which Resource elements of IAM's actions are about."""
        for items in (self.estate.principals, self.estate.groups.values(), self.estate.policies.values()):
            yield from (item.arn for item in items)

    @staticmethod
    def _of_tagging(documents: Sequence[PolicyDocument]) -> list[tuple[Condition, str]]:
        """The conditions on the tags that a request to IAM sends."""
        found: dict[tuple[Condition, str], None] = {}
        for document in documents:
            for item in document.statements:
                tags = [one for one in item.conditions if one.key.lower().startswith((TAG_KEYS, REQUEST_TAG))]
                if tags and any(covers_action(item, action) for action in _TAGGING):
                    found |= dict.fromkeys((one, document.version) for one in tags)
        return list(found)

    def _beside(self) -> list[str]:
        """Keys of tags that may be sent beside another, one for each way in which conditions see them."""
        if not self._keys:
            return []
        plain = [one for one in self._keys if not _varies(one[0])]
        found = Choices(self.estate.partition).texts("tag", plain, _NOBODY)
        self.too_many = self.too_many or found is None or len(found) > MOST_VALUES
        return seen_apart(plain, (found or ())[:MOST_VALUES])

    def _values(self, name: str, told: list[tuple[Condition, str]]) -> tuple[tuple[str, ...], ...]:
        """The values by which the conditions tell tags apart, and those that somebody in the account has.

        Those together that no condition on tags as they are tells apart, but one on the tags that are sent does.
        """
        plain = [one for one in told if not _varies(one[0])]
        sent = [one for one in self._sent[name] if not _varies(one[0])]
        texts = Choices(self.estate.partition).texts("tag", [*plain, *sent], _NOBODY)
        varies = name in self._varied or len(plain) < len(told)  # then each value is one of its own
        own: list[str] = []
        if not told or len(plain) < len(told) or len(sent) < len(self._sent[name]):
            people = self.estate.principals
            own = [value for item in people for key, value in item.tags if key.lower() == name]
        groups: dict[object, dict[str, None]] = {}
        named = naming(name, self._documents, self._arns()) if name in self._varied else ()
        others = [value for value in named if value not in own and value not in (texts or ())]
        self.too_many = self.too_many or len(others) > MOST_NAMED
        own += others if len(others) <= MOST_NAMED else ()
        for text in (*(texts or () if varies else seen_apart([*plain, *sent], texts or ())), *own):
            groups.setdefault(text if varies else seen(plain, text), {})[text] = None
        found = [tuple(values) for values in groups.values()]
        if texts is None or len(found) > MOST_VALUES or any(len(values) > MOST_VALUES for values in found):
            self.too_many = True
        return tuple([values[:MOST_VALUES] for values in found[:MOST_VALUES]])

    def methods(self, base: Method) -> Iterator[Method]:
        """One method for each tag that matters, out of the one that sets or takes away tags."""
        spelled = {key.lower(): key for item in self.estate.principals for key, _ in item.tags}
        action, what = base.needs[0].action, base.target
        for name, values in self.values.items():
            key = spelled.get(name, name)
            if base.gain == UNTAG:
                yield changed(base, gain=f"{UNTAG} {key}", name=f"Take the tag {key} away from a {what}",
                              needs=(Need(action, sends=tuple(self._sends(key, ()))),))  # fmt: skip
                continue
            for alike in values:
                needs = (Need(action, sends=tuple(self._sends(key, alike))),)
                yield changed(base, gain=f"{TAG} {key}={alike[0]}", name=f"Set the tag {key}={alike[0]} of a {what}",
                              needs=needs)  # fmt: skip

    def _sends(self, key: str, values: tuple[str, ...]) -> Iterator[tuple[tuple[str, tuple[str, ...]], ...]]:
        """What a request about one tag may send: its key in each spelling, alone and beside another one; each value."""
        names = spellings(key, (one for one, _ in self._keys))
        others = [other for other in self._besides if other.lower() != key.lower()]
        beside = [(other,) for other in others]
        for more, name in product([(), *beside], names):
            carried = tuple((f"{REQUEST_TAG}{other.lower()}", (OTHER_VALUE,)) for other in more) if values else ()
            for value in values or ("",):
                own = ((f"{REQUEST_TAG}{key.lower()}", (value,)),) if values else ()
                yield ((TAG_KEYS, (name, *more)), *own, *carried)


def naming(name: str, documents: Iterable[PolicyDocument], arns: Iterable[str]) -> tuple[str, ...]:
    """The values of a tag by which Resource elements that hold it as a policy variable name one of the ARNs."""
    tag, expressions = f"{PRINCIPAL_TAG}{name}", dict[str, None]()
    for document in documents:
        for item in document.statements if document.version == NEWER else ():
            for text in (*item.resources, *item.not_resources):
                if "${" in text and tag in text.lower():
                    expressions[_expression(text, tag)] = None
    compiled = [re.compile(expression, re.DOTALL) for expression in expressions]
    matches = (one.fullmatch(arn) for arn in (arns if compiled else ()) for one in compiled)
    return tuple(dict.fromkeys(match["value"] for match in matches if match and "value" in match.re.groupindex))


def _expression(text: str, tag: str) -> str:
    """A Resource element as a regular expression, whose group "value" is what the tag must be."""
    made, known = [], False
    for part in re.split(r"(\$\{[^}]*\}|[*?])", text):
        if part.startswith("${") and part[2:-1].partition(",")[0].strip().lower() == tag:
            made.append("(?P=value)" if known else "(?P<value>.+)")
            known = True
        else:
            made.append("." if part == "?" else ".*" if part == "*" or part.startswith("${") else re.escape(part))
    return "".join(made)


def _varies(condition: Condition) -> bool:
    return any("${" in text for text in condition.values)


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
