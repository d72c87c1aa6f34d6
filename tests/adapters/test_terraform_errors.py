"""What Terraform says, in one sentence a person can act on."""

from __future__ import annotations

import pytest

from iam_guardrails.adapters.terraform_errors import diagnostics, explain, first_error

LOCK = """
╷
│ Error: Error acquiring the state lock
│
│ Error message: operation error S3: PutObject, api error PreconditionFailed
│ Lock Info:
│   ID:        6a1b2c3d-0000-1111-2222-333344445555
│   Who:       jane@laptop
╵
"""


def test_a_held_lock_names_who_and_how_to_release() -> None:
    said = explain(LOCK, "prod", "endpoint", "first")
    assert said is not None
    assert "jane@laptop" in said
    assert "guardrails unlock prod 6a1b2c3d-0000-1111-2222-333344445555" in said


@pytest.mark.parametrize(
    ("diagnostic", "says"),
    [
        ("Error: AWS account ID not allowed: 1", "another account"),
        ("api error ExpiredToken: The security token included in the request is expired", "have expired"),
        ("Error: No valid credential sources found", "no AWS credentials"),
        ("api error InvalidClientTokenId: x", "does not know these credentials"),
        ('Error: S3 bucket "x" does not exist.', "guardrails bootstrap prod"),
        (
            "dial tcp 127.0.0.1:4566: connect: connection refused",
            "does not answer at its endpoint (http://e)",
        ),
        ("Error: Saved plan is stale", "validate again, then apply"),
        ("Error: Failed to query available provider packages", "TF_CLI_CONFIG_FILE"),
        ("api error AccessDenied: User is not authorized to perform: iam:GetRole", "may not make: the first"),
    ],
)
def test_known_trouble(diagnostic: str, says: str) -> None:
    said = explain(diagnostic, "prod", "http://e", "the first")
    assert said is not None
    assert says in said


def test_wrapped_lines_are_read_as_one() -> None:
    said = explain('│ Error: S3 bucket "x"\n│ does not exist.', "prod", "e", "f")
    assert said is not None
    assert "bootstrap" in said


def test_unknown_trouble_is_left_to_terraforms_own_words() -> None:
    assert explain("Error: Invalid reference", "prod", "e", "f") is None


def test_the_first_diagnostic_in_one_line() -> None:
    text = (
        "╷\n│ Error: Invalid value\n│\n│   on main.tf line 3, in module:\n│    3: x = 1\n│\n│ It must be 2.\n╵\n"
        "╷\n│ Error: Other\n╵"
    )
    assert first_error(text) == "Error: Invalid value in main.tf line 3: It must be 2."


def test_what_the_box_draws_around_the_sentence_is_left_out() -> None:
    text = (
        "╷\n│ Error: Invalid value for variable\n│\n│   on terraform.tfvars line 1:\n│    1: environment = 5\n"
        "│     ├────────────────\n│     │ var.environment is 5\n│\n│ environment must be the folder's name.\n│\n"
        "│ This was checked by the validation rule at variables.tf:6,3-13.\n╵"
    )
    said = "Error: Invalid value for variable in terraform.tfvars line 1: environment must be the folder's name."
    assert first_error(text) == said
    unboxed = "\n".join(line.removeprefix("│ ").strip("╷╵") for line in text.splitlines())
    assert first_error(unboxed) == said


def test_warnings_are_told_apart_from_errors() -> None:
    text = "Warning: Value for undeclared variable\n\nNo such variable.\n\nError: Other\n\nIt is wrong.\n"
    assert diagnostics(text, "Warning:") == ["Warning: Value for undeclared variable No such variable."]
    assert diagnostics(text, "Error:") == ["Error: Other It is wrong."]
