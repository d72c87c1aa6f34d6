"""What is cut off a statement before a proof could not have mattered to it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from iam_guardrails.model.iam.difference.found import covers_resource
from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.evaluate import Request, statement_applies
from iam_guardrails.model.iam.match import any_match, glob_match
from iam_guardrails.model.iam.pattern import DOCUMENTED, fits_resource, wild
from iam_guardrails.model.iam.prove.near import Parts, trimmed, without_names

GLOBS = st.text("ab*?", min_size=1, max_size=4)
TEXTS = st.text("ab", max_size=5)


@given(GLOBS, st.lists(GLOBS, min_size=1, max_size=4), TEXTS)
def test_what_fits_both_is_never_told_apart(glob: str, globs: list[str], text: str) -> None:
    if glob_match(glob, text) and any_match(globs, text):
        assert Parts(globs).meets(glob)


def test_what_cannot_meet_is_told_apart() -> None:
    assert not Parts(["iam:*", "s3:GetObject"]).meets("s3:Put*")
    assert not Parts(["iam:*", "s3:GetObject"]).meets("s3:GetObjectAcl")
    assert Parts(["iam:*", "s3:GetObject"]).meets("s3:Get*")
    assert Parts(["arn:aws:s3:::${aws:username}"]).meets("arn:aws:s3:::alice")


@given(st.sampled_from(["Action", "NotAction"]), st.lists(st.builds("s:{}".format, GLOBS), min_size=1, max_size=3),
       st.sampled_from(["Resource", "NotResource"]), st.lists(GLOBS, min_size=1, max_size=3),
       st.builds("s:{}".format, GLOBS), GLOBS, st.builds("s:{}".format, TEXTS), TEXTS)  # fmt: skip
def test_a_trimmed_statement_says_the_same_of_the_part(
    what: str, actions: list[str], where: str, resources: list[str], part: str, place: str, action: str, resource: str
) -> None:
    source = {"Effect": "Allow", what: actions, where: resources}
    statement = parse({"Version": "2012-10-17", "Statement": [source]}).statements[0]
    if not (glob_match(part, action) and glob_match(place, resource)):
        return
    request = Request("arn:aws:iam::111122223333:user/a", action, resource)
    kept = trimmed(statement, [part], [place])
    after = kept is not None and statement_applies(kept, request, "identity")
    assert after == statement_applies(statement, request, "identity")


ARNS = st.from_regex(r"\Aa:b:(c|\*|\?\*):[d*]?:[e?]?(:[fg:*?]{0,3})?\Z")


@given(ARNS, ARNS, st.from_regex(r"\Aa:b:[cx]{1,2}:d?:e?:[fg:]{1,3}\Z"))
def test_a_resource_within_another_is_within_it_as_the_evaluator_reads_it(wide: str, narrow: str, arn: str) -> None:
    if covers_resource(wide, narrow) and fits_resource(wild(narrow), arn, DOCUMENTED):
        assert fits_resource(wild(wide), arn, DOCUMENTED)


def test_a_resource_within_another_is_told_where_the_segments_are_plain() -> None:
    assert covers_resource("*", "arn:aws:s3:::a")
    assert covers_resource("arn:aws:s3:::a*", "arn:aws:s3:::ab/?")
    assert covers_resource("arn:aws:s3:::a*", "arn:aws:s3:::a/${aws:username}")
    assert not covers_resource("arn:aws:s3:?*", "arn:aws:s3:::a*")
    assert not covers_resource("arn:aws:s3:::a/??", "arn:aws:s3:::a/${aws:username}")


def test_a_role_has_no_user_name() -> None:
    own, other = "arn:aws:s3:::b/${aws:UserName}", "arn:aws:s3:::b/all"
    document = parse({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": own},
        {"Effect": "Allow", "Action": "s3:*", "Resource": [own, other]},
        {"Effect": "Deny", "Action": "s3:*", "NotResource": own},
        {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/${aws:username, 'x'}"},
    ]})  # fmt: skip
    nothing, part, everything, default = (without_names(item, "2012-10-17") for item in document.statements)
    assert nothing is None
    assert part is not None
    assert part.resources == (other,)
    assert everything is not None
    assert (everything.resources, everything.not_resources) == (("*",), ())
    assert default == document.statements[3]
    assert without_names(document.statements[0], "2008-10-17") == document.statements[0]
