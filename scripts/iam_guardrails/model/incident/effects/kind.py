"""Kinds of objects that a session can leave changed, and calls that change them. The tables beside are made of these.

A kind tells how to look at an object now, how to read the answer, and which command takes it away or puts it back.
A call tells which objects of which kind a record is about, and in what state the call left them.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.effects.harm import Harm
from iam_guardrails.model.incident.effects.state import THERE, UNTOLD
from iam_guardrails.model.incident.effects.write import Write, listed
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import field, frozen

_ODD = (AttributeError, TypeError, ValueError, KeyError, IndexError, RecursionError)
"""What a record raises that has texts where others have mappings: nobody knows every form of every service's."""
ODD_SHAPE = Unknown("the record has a form that nobody can read")
ADDS, REMOVES, SETS = "adds", "removes", "sets"
Names = Mapping[str, str]
Answer = Mapping[str, Any] | Unknown | None
"""What a live look brought: the answer with every page's lists joined, None where AWS says there is no such thing,
Unknown where the call was refused or failed."""
State = Any


@frozen
class Look:
    """One read-only call, e.g. ("iam", "us-east-2", "ListAttachedRolePolicies", {"RoleName": "mw-worker"}).

    missing: the error codes by which AWS says that there is no such thing.
    """

    service: str
    region: str
    operation: str
    given: Mapping[str, Any]
    missing: frozenset[str] = frozenset()


Ask = Callable[[str, Mapping[str, Any]], Answer]
"""One more look at the service of a kind: operation and parameters."""


@frozen
class Remade:
    """How one is judged that was deleted in the use and is there again, and whose state is not all of it.

    never: a clause: why it is not what it was, though all that can be compared is the same.  known: whoever made it
    knows it (a password, a seed), so that the one of this use is open as long as it is there.  made_at: asks when it
    was made.  content, before: all that making it again can change, as settings: asked, and in a capture.  parts: the
    kind that sets one of these settings.  beyond: it lost more than what the resource of Terraform that is it declares.
    another: where it is gone, asks when the newest of its kind was made that its owner has instead.
    """

    never: str = ""
    known: bool = False
    made_at: Callable[[Names, Ask], datetime | None] | None = None
    content: Callable[[Names, Ask], State] | None = None
    before: Callable[[Account, Names], State] | None = None
    parts: Mapping[str, Kind] = field(default_factory=dict)
    beyond: bool = False
    another: Callable[[Names, Ask], datetime | None] | None = None


@frozen
class Earlier:
    """An object of which nobody knows how it was. now: its state.  writes: of the use, by time.  before: the capture,
    None where there is none that tells of its account."""

    names: Names
    now: State
    writes: Sequence[Write]
    before: Account | None = None


Attributes = Mapping[str, str | Mapping[str, str]]
"""Attributes of a resource of Terraform: see Kind."""


@frozen
class Renewed:
    """How one that was taken away is known again in one that was made since, for AWS gave it another id.

    same: names that both have alike.  before: what it was, in a capture.  now: what the new one is.
    """

    same: tuple[str, ...] = ()
    before: Callable[[Account, Names], State] | None = None
    now: Callable[[Names, Ask], State] | None = None


@frozen
class Kind:
    """A kind of object.

    name: e.g. "attached-policy-of-role".  told: a clause about one that is there, with its names in braces.  looks:
    what to ask: service, operation, parameters with names in braces.  then: the second question, made from the
    first answer.  read: names and answers to the state.  missing: error codes that say it is not there.  before:
    its state in a capture.  away, back: commands that take it away, or put it back as it was ({value} is that state
    as JSON, {value_X} a part of it); of several, the one for "state now>state before", else for the state before,
    of settings by their names ("Arn,RoleArn"; "AlarmRule*": with that one, whatever else is set; "*": else).
    earlier: a clause about where the value from before may be found.  terraform: resource types, and which of their
    attributes are its names ("": the configuration must name it; "=Name": what that name has to be; "+attribute":
    the configuration must name it, and it is the name; a mapping for a block: one of its blocks must have all of
    these).  declared_as: the states in which they tell of it, empty for any.  blind: why no look can tell.
    lasting: why its being gone needs no undoing.  opposite: of a state, the only other one, from which a call must
    have come: what switches off does, what switches on may have found it on.  passing: another state than the one
    written tells that the write has no effect any more.  ends: the name that holds when it ends by itself (RFC
    3339). kept: a function that asks where the state from before is kept still, and gives the further names that
    `again`, the command that puts it in force again, needs.  gone: what it means that it is not there any more.
    part: kind of thing, name (or what its ARN ends with, with names in braces) and field of model.account that tell
    of it. revision: its state only tells that something changed, so that one call puts back nothing that another
    one set. is_global: its service has no Regions.  whole: its state is all that matters of it, so that one which
    was deleted and made again can be as it was.  remade: how such a one is judged where it is not; without it,
    nobody can tell. written_as: from the state now and that before, the settings as the call of `back` takes them.
    steps: where one line with names does not say it, the words of each command that makes an object be as it was:
    names, state now, state before.  lost: of the states that the calls left and the one from before (else the one
    now), a clause about what is gone for good though it is as it was; "" for nothing.  silent: a clause about what
    may not have been told of while it was not as it was.  renewed: one made again has another id.  put_back: where
    the others give no command, the one that AWS's own memory or the capture allows; "" for none.  after: what is to be
    done beside that command.  by_hand: a clause
    for where no command does: what to do instead, and who or what does it, with its names in braces, and {since} for
    when the use first wrote it.  harm: of names, state now, state that undoes it, capture and Ask, what undoing does
    that only a person may want.  doubts: states that, without a capture, may not be those of before, and why.  over:
    why nothing brings it back where it is gone for good (state.GONE), with its names in braces.
    """

    name: str
    told: str
    looks: tuple[str, str, Mapping[str, Any]] = ("", "", {})
    read: Callable[[Names, Sequence[Answer]], State] = lambda names, answers: None
    missing: tuple[str, ...] = ()
    then: Callable[[Names, Mapping[str, Any]], tuple[str, Mapping[str, Any]] | None] | None = None
    before: Callable[[Account, Names], State] | None = None
    away: str = ""
    back: str | Mapping[str, str] = ""
    kept: Callable[[Names, State, Ask], Names | None] | None = None
    again: str = ""
    earlier: str = "Terraform, AWS Config's history or a backup may tell"
    terraform: tuple[tuple[str, Attributes], ...] = ()
    declared_as: tuple[State, ...] = ()
    blind: str = ""
    lasting: str = ""
    opposite: Mapping[Any, Any] = field(default_factory=dict)
    passing: bool = False
    ends: str = ""
    gone: str = "it is not there any more"
    part: tuple[str, str, str] = ("", "", "")
    is_global: bool = False
    revision: bool = False
    whole: bool = False
    written_as: Callable[[State, Mapping[str, Any]], Mapping[str, Any]] | None = None
    remade: Remade | None = None
    steps: Callable[[Names, State, State], Sequence[Sequence[str]]] | None = None
    lost: Callable[[Sequence[State], State], str] | None = None
    silent: str = ""
    renewed: Renewed | None = None
    put_back: Callable[[Earlier, Ask], str] | None = None
    after: str = ""
    by_hand: str = ""
    harm: Callable[[Names, State, State, Account | None, Ask | None], Harm | None] | None = None
    doubts: Mapping[str, str] = field(default_factory=dict)
    over: str = ""


@frozen
class Call:
    """A call. names: name of the kind -> path in the record (Write.value); a path that ends in "[]" is a list, one
    object for each.  does: ADDS, REMOVES or SETS.  written: the state it leaves.  fresh: it fails where the thing is
    there already, so that it was not; a function where only the record tells whether the call made it.  when: a path
    that must lead somewhere, and not to false, else the call is not about that.  each: makes the names itself, where
    paths do not do.  joins: it is only about objects that another call of the use is about, too.  found: the state
    before it, where the record tells that.  meant_for: the purpose of a use under which its effect is what was wanted,
    so that it stays.
    meaning: the names in the request which are that; beside them, something else was set too; or whether a write is
    that. Empty: whatever the request says.
    """

    action: str
    kind: Kind
    does: str
    names: Mapping[str, str] = field(default_factory=dict)
    written: Callable[[Write, Names], State] | None = None
    fresh: bool | Callable[[Write], bool] = False
    when: str = ""
    each: Callable[[Write], Sequence[Names] | Unknown] | None = None
    joins: bool = False
    found: Callable[[Write, Names], State] | None = None
    meant_for: str = ""
    meaning: frozenset[str] | Callable[[Write], bool] = frozenset()

    def is_meant(self, write: Write, purpose: str) -> bool:
        """Whether all that a write set is what a use with that purpose was for."""
        if self.meant_for != purpose:
            return False
        if callable(self.meaning):
            return self.meaning(write)
        return not self.meaning or write.given <= self.meaning

    def objects(self, write: Write) -> Sequence[Names] | Unknown:
        """The names of the objects that a write is about; Unknown where the record does not tell."""
        try:
            return self._objects(write)
        except _ODD:
            return ODD_SHAPE

    def _objects(self, write: Write) -> Sequence[Names] | Unknown:
        if self.when and write.value(self.when) in (None, "", False):
            return ()
        if self.each is not None:
            return self.each(write)
        found: list[dict[str, str]] = [{}]
        for name, path in self.names.items():
            if path.endswith("[]"):
                values = [str(item) for item in listed(write.value(path[:-2]))]
                found = [{**made, name: value} for made in found for value in values]
                missing = not values
            else:
                value = write.text(path)
                found = [{**made, name: value} for made in found]
                missing = not value
            if missing:
                return Unknown(f"the record does not tell {path.partition('|')[0].removeprefix('response:')}")
        return found

    def makes(self, write: Write) -> bool:
        """Whether a write, if it was done, proves that the object was not there before it."""
        return self.fresh(write) if callable(self.fresh) else self.fresh

    def state(self, write: Write, names: Names) -> State:
        """In what state the write left the object."""
        if self.does == REMOVES:
            return None
        if self.written is not None:
            try:
                return self.written(write, names)
            except _ODD:
                return ODD_SHAPE
        return THERE if self.does == ADDS else UNTOLD


def given(template: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Parameters of a look with their names filled in."""
    return {key: _filled(value, names) for key, value in template.items()}


def _filled(value: Any, names: Names) -> Any:
    if callable(value):
        return value(names)
    if isinstance(value, str):
        return value.format_map(names)
    if isinstance(value, (list, tuple)):
        return [_filled(item, names) for item in value]
    if isinstance(value, Mapping):
        return given(value, names)
    return value


def command(template: str, names: Names, region: str, state: State = None) -> str:
    """A shell command, every name quoted; "" where there is none, or it needs a state that nobody knows.

    What begins with "-" stands behind "=", for else the AWS CLI takes it for an option (Python documentation, argparse,
    "Arguments containing -"; the CLI parses with it).
    """
    if not template or ("{value" in template and (state is None or isinstance(state, Unknown))):
        return ""
    words = {**names, "value": state if isinstance(state, str) else json.dumps(state)}
    if isinstance(state, Mapping):
        words |= {f"value_{key}": _word(item) for key, item in state.items()}
    template = _GIVEN.sub(lambda found: f"{found[1]}{'=' if words.get(found[2], '').startswith('-') else ' '}"
                          f"{{{found[2]}}}", template)  # fmt: skip
    try:
        made = template.format_map({key: shlex.quote(value) for key, value in words.items()})
    except KeyError:
        return ""
    return f"{made} --region {shlex.quote(region)}" if region else made


def joined(several: Sequence[Sequence[str]], region: str) -> str:
    """Commands by their words, each quoted, one after the other."""
    where = ("--region", region) if region else ()
    return " && ".join(shlex.join(_told_apart([*words, *where])) for words in several)


_GIVEN = re.compile(r"(--[\w-]+) \{(\w+)\}")
_OPTION = re.compile(r"--[a-z][a-z0-9-]*")


def _told_apart(words: Sequence[str]) -> list[str]:
    """The words, each that begins with "-" and is no option behind the option that it is for."""
    found: list[str] = []
    for word in words:
        if word.startswith("-") and not _OPTION.fullmatch(word) and found and _OPTION.fullmatch(found[-1]):
            found[-1] = f"{found[-1]}={word}"
        else:
            found.append(word)
    return found


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value)
