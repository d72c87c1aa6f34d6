"""Which conditions on the claims of a shared provider ask for what is the company's, and which let strangers in."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.trust import doors
from iam_guardrails.model.iam.web_identity import SHARED, provider_gap

GITHUB, GITLAB = "token.actions.githubusercontent.com", "gitlab.com"
OURS: list[tuple[str, Mapping[str, str]]] = [
    (GITHUB, {"sub": "repo:acme/*"}),
    (GITHUB, {"sub": "repo:acme/app:*"}),
    (GITHUB, {"sub": "repository_owner:acme:*"}),
    (GITHUB, {"repository": "acme/*"}),
    (GITHUB, {"repository_owner": "acme", "repository": "*/app"}),
    (GITHUB, {"repository_owner": "acme"}),
    (GITHUB, {"job_workflow_ref": "acme/flows/.github/workflows/*"}),
    (GITLAB, {"project_path": "acme/*"}),
    (GITLAB, {"namespace_path": "acme/*"}),
    (GITLAB, {"sub": "project_path:acme/*"}),
    ("oidc.vercel.com", {"sub": "owner:acme:project:site:*"}),
    ("api.pulumi.com/oidc", {"sub": "pulumi:deploy:org:acme:project:x:*"}),
    ("app.terraform.io", {"sub": "organization:acme:project:*"}),
]
ANYBODYS: list[tuple[str, Mapping[str, str]]] = [
    (GITHUB, {"sub": "repo:acme*"}),
    (GITHUB, {"sub": "repo:*/app:ref:refs/heads/main"}),
    (GITHUB, {"sub": "repository_owner:acme*"}),
    (GITHUB, {"repository": "*/app"}),
    (GITHUB, {"repository": "acme*"}),
    (GITHUB, {"repository_owner": "acme*"}),
    (GITHUB, {"repository_owner": "acme*", "repository": "*/app"}),
    (GITHUB, {"repository_owner_id": "12*"}),
    (GITHUB, {"job_workflow_ref": "*/.github/workflows/deploy.yml@refs/heads/main"}),
    (GITHUB, {"actor": "ann*"}),
    (GITLAB, {"project_path": "*/app"}),
    (GITLAB, {"namespace_path": "acme*"}),
    (GITLAB, {"sub": "project_path:acme*"}),
    ("oidc.vercel.com", {"sub": "owner:*:project:site:environment:production"}),
    ("api.pulumi.com/oidc", {"sub": "pulumi:deploy:org:*:project:x:*"}),
    ("api.pulumi.com/oidc", {"aud": "ac?e"}),
    ("app.terraform.io", {"sub": "organization:*"}),
]


def kind(issuer: str, claims: Mapping[str, str]) -> str:
    document = parse({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::333333333333:oidc-provider/{issuer}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringLike": {f"{issuer}:{name}": text for name, text in claims.items()}},
        }],
    })  # fmt: skip
    (door,) = doors(document)
    gap = provider_gap(door, document, "333333333333")
    return gap.kind if gap else ""


@pytest.mark.parametrize(("issuer", "claims"), OURS)
def test_what_only_the_company_has_is_asked_for(issuer: str, claims: Mapping[str, str]) -> None:
    assert kind(issuer, claims) == ""


@pytest.mark.parametrize(("issuer", "claims"), ANYBODYS)
def test_what_a_stranger_can_have_too_is_not_enough(issuer: str, claims: Mapping[str, str]) -> None:
    assert kind(issuer, claims) == SHARED
