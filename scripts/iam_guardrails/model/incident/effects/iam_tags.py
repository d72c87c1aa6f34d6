"""IAM: tags of roles and users, on which conditions of policies may depend.

Sources: IAM API Reference, TagRole, UntagRole, TagUser, UntagUser, GetRole and GetUser (which tell the tags); AWS IAM
User Guide, access_tags (aws:PrincipalTag and aws:ResourceTag).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from iam_guardrails.model.incident.effects.harm import MAY_GIVE, Harm
from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, Answer, Call, Kind, Names, State
from iam_guardrails.model.incident.effects.reading import of
from iam_guardrails.model.incident.effects.write import Write, listed
from iam_guardrails.model.unknown import Unknown


def _tags(what: str) -> Iterator[Call]:
    name, dash = f"{what}Name", what.lower()
    kind = Kind(
        f"tag-of-{dash}", f"the {dash} {{{name}}} has the tag {{Key}}", ("iam", f"Get{what}", {name: f"{{{name}}}"}),
        partial(_now, what), ("NoSuchEntity",), is_global=True, whole=True,
        before=of(f"{dash}s", "name", name, _before), gone="it is not there any more",
        away=f"aws iam untag-{dash} --{dash}-name {{{name}}} --tag-keys {{Key}}", steps=partial(_put, dash, name),
        terraform=((f"aws_iam_{dash}", {"name": name, "tags": "Key"}),), part=(f"{dash}s", name, "tags"), harm=_harm,
    )  # fmt: skip
    yield Call(f"iam:Tag{what}", kind, ADDS, each=partial(_tagged, name, f"{dash}Name"), written=_written)
    yield Call(f"iam:Untag{what}", kind, REMOVES, {name: f"{dash}Name", "Key": "tagKeys[]"})


def _now(what: str, names: Names, answers: Sequence[Answer]) -> State:
    found = answers[-1]
    if found is None or isinstance(found, Unknown):
        return found
    return _value(((item["Key"], item["Value"]) for item in (found.get(what) or {}).get("Tags") or ()), names)


def _before(thing: Any, names: Names) -> State:
    if thing.tags is None:
        return Unknown("the capture does not tell its tags, for an earlier version of guardrails made it")
    return _value(dict(thing.tags).items(), names)


def _value(tags: Any, names: Names) -> State:
    """Keys of tags are the same in small and large letters."""
    return next((value for key, value in tags if key.casefold() == names["Key"].casefold()), None)


def _tagged(name: str, path: str, write: Write) -> Sequence[Names] | Unknown:
    tags = [item for item in listed(write.value("tags")) if isinstance(item, Mapping) and item.get("key")]
    if not tags or not write.text(path):
        return Unknown("the record does not tell the tags")
    return [{name: write.text(path), "Key": str(item["key"])} for item in tags]


def _written(write: Write, names: Names) -> State:
    tags = ((str(item.get("key")), item.get("value", "")) for item in listed(write.value("tags")))
    return _value(tags, names)


def _harm(names: Names, now: State, target: State, *_: Any) -> Harm | None:
    """A condition of a policy may let in whoever has the tag; a tag that this use set is taken away without a look."""
    return None if target is None else Harm(MAY_GIVE, mixed=now is not None)


def _put(dash: str, name: str, names: Names, now: State, then: State) -> list[list[str]]:
    tag = json.dumps([{"Key": names["Key"], "Value": then}])
    return [["aws", "iam", f"tag-{dash}", f"--{dash}-name", names[name], "--tags", tag]]


CALLS: tuple[Call, ...] = (*_tags("Role"), *_tags("User"))
