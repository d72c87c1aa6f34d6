"""A review of a company that does not exist, with everything that a report can show."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from iam_guardrails.model.review.pictures import (
    BAD,
    CONDITIONAL,
    DOUBT,
    NEVER,
    NO,
    NOT_JUDGED,
    UNKNOWN,
    YES,
    Mark,
    Matrix,
    MatrixRow,
    Timeline,
    age_bars,
)
from iam_guardrails.model.review.review import (
    ACCEPT,
    CHANGED,
    KEEP,
    NEW,
    SAME,
    Box,
    Decision,
    Evidence,
    Item,
    Review,
    Table,
    fingerprint,
    item_id,
)

ACCOUNT = "333333333333"
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def item(box: str, subject: str, title: str, severity: str = "medium", **more: object) -> Item:
    return Item(
        item_id(box, subject, title),
        box,
        subject,
        title,
        severity,
        fingerprint([subject, title]),
        **more,  # type: ignore[arg-type]  # the fields of Item
    )


def kept(one: Item, choice: str = KEEP, until: date | None = None) -> Item:
    said = Decision(
        one.id, one.meaning, choice, "platform team", "SEC-114", "agreed with the vendor", until, "jane", NOW
    )
    return Item(**{**one.__dict__, "decision": said})


USERS = Box(
    "users",
    "Users with access to prod",
    "List all IAM users with access to prod (should be near zero; prefer SSO/roles)",
    3,
    (
        item(
            "users",
            arn("user", "svc-legacy-export"),
            "svc-legacy-export has an access key that is 412 days old",
            "high",
            state=SAME,
            reasons=(
                "The key AKIA…4Q2 is active.",
                "It was last used on 2026-11-27 for s3:PutObject.",
                "Keys older than 90 days are to be rotated.",
            ),
            evidence=(
                ("created", "2025-10-12"),
                ("last used", "2026-11-27, s3, us-east-2"),
                ("source", "credential report"),
            ),
            remedy="aws iam update-access-key --user-name svc-legacy-export --access-key-id AKIA…4Q2 --status Inactive",
        ),
        item(
            "users",
            arn("user", "m.keller"),
            "m.keller has a console password without MFA",
            "critical",
            reasons=("A password lets m.keller sign in to the console.", "No MFA device is assigned."),
            evidence=(("password last used", "2026-11-03"), ("MFA", "none")),
            remedy="aws iam delete-login-profile --user-name m.keller",
        ),
        kept(
            item("users", arn("user", "ci-bootstrap"), "ci-bootstrap exists besides the roles", "low", state=SAME),
            ACCEPT,
            date(2027, 1, 31),
        ),
    ),
    notes=("Identity Center: 14 people reach prod through 3 permission sets.",),
    tables=(
        Table(
            "Users",
            ("user", "console", "keys", "MFA", "last use"),
            (
                ("svc-legacy-export", "no", "1 active", "no", "2026-11-27"),
                ("m.keller", "yes", "none", "no", "2026-11-03"),
                ("ci-bootstrap", "no", "1 inactive", "no", "never"),
            ),
        ),
    ),
    gone=("old-contractor has an access key that is 600 days old",),
)
ROLES = Box(
    "roles",
    "Roles of the middleware",
    "List all roles used by the middleware (mw-ingress, mw-worker, etc.)",
    4,
    notes=("mw-ingress and mw-worker share no permission that the manifest does not name.",),
    tables=(
        Table(
            "Roles",
            ("role", "trusted by", "last use", "boundary"),
            (
                ("mw-ingress", "ecs-tasks.amazonaws.com", "2026-11-28", "mw-boundary"),
                ("mw-worker", "ecs-tasks.amazonaws.com", "2026-11-28", "mw-boundary"),
            ),
        ),
    ),
)
WILDCARDS = Box(
    "wildcards",
    "Wildcards",
    "Confirm no one added wildcard permissions without a ticket/justification",
    212,
    (
        item(
            "wildcards",
            arn("policy", "data-platform-write"),
            "data-platform-write allows s3:* on every bucket",
            "high",
            state=CHANGED,
            reasons=(
                "Statement 2 allows s3:* on arn:aws:s3:::*.",
                "Last month it was limited to arn:aws:s3:::data-*.",
                "No justification covers it.",
            ),
            remedy="--- a/policies/data-platform-write.json\n+++ b/policies/data-platform-write.json\n"
            '@@ -12,7 +12,7 @@\n-      "Resource": "arn:aws:s3:::*"\n+      "Resource": "arn:aws:s3:::data-*"',
        ),
        kept(item("wildcards", arn("role", "deployer"), "deployer may pass any role to ECS", "medium", state=SAME)),
    ),
)
_ROWS = [
    MatrixRow("mw-worker", (YES, YES, NO, NO, NO, CONDITIONAL), (YES, YES, NO, NO, NO, CONDITIONAL)),
    MatrixRow("mw-ingress", (NO, NO, YES, NO, NO, NO), (NO, NO, YES, NO, NO, NO)),
    MatrixRow("data-platform-etl", (YES, NO, NO, YES, NO, NO), (NO, NO, NO, NO, NO, NO)),
    MatrixRow("prod-breakglass-admin", (YES,) * 6, (YES,) * 6),
    MatrixRow("AWSReservedSSO_Support_1f2e", (CONDITIONAL, NO, NO, NO, NOT_JUDGED, NO), (CONDITIONAL, *(NO,) * 5)),
    *(MatrixRow(f"team-{number}-admin", (YES,) * 6, (YES,) * 6) for number in range(9)),
    *(MatrixRow(f"reader-{number}", (NO,) * 6, (NO,) * 6) for number in range(23)),
]
SECRETS = Box(
    "secrets",
    "Who can read prod secrets",
    "Review Secrets Manager access policy (who can read prod secrets)",
    222,
    (
        item(
            "secrets",
            arn("role", "data-platform-etl"),
            "data-platform-etl can now read prod/db/main",
            "critical",
            reasons=(
                "data-platform-etl may call secretsmanager:GetSecretValue on prod/db/main (data-platform-write, "
                "statement 4).",
                "The secret's resource policy does not deny it.",
                "The key alias/prod-secrets lets the account use it.",
            ),
            evidence=(("secret", "prod/db/main"), ("before", "no")),
            remedy="Remove statement 4 of data-platform-write.",
        ),
    ),
    not_judged=(
        "AWSReservedSSO_Support_1f2e at prod/smtp: the key policy of alias/smtp could not be read (AccessDenied).",
    ),
    pictures=(
        Matrix(
            "Who reads which secret",
            "principal",
            "secret",
            (
                "prod/db/main",
                "prod/db/replica",
                "prod/webhook/token",
                "prod/etl/warehouse",
                "prod/smtp",
                "prod/payments/provider-key",
            ),
            tuple(_ROWS),
        ),
    ),
)
ASSUME = Box(
    "assume-role",
    "Unusual principals",
    "Review CloudTrail \u201cAssumeRole\u201d events for unusual principals",
    18_204,
    pictures=(
        Timeline(
            "Break-glass in November",
            NOW - timedelta(days=28),
            NOW,
            ("incidents", "drills", "alarms"),
            (
                Mark(
                    "incidents",
                    NOW - timedelta(days=17, hours=3),
                    "2026-11-11-001 m.keller, SEC-98",
                    NOW - timedelta(days=16),
                ),
                Mark("incidents", NOW - timedelta(days=5), "2026-11-23-001 never closed", None, BAD),
                *(Mark("drills", NOW - timedelta(days=27 - 7 * week), f"drill {week + 1}") for week in range(4)),
                *(
                    Mark("alarms", NOW - timedelta(days=17, hours=3 - hour), "prod-breakglass-assumed delivered")
                    for hour in range(3)
                ),
                Mark("alarms", NOW - timedelta(days=5), "prod-breakglass-assumed: delivery not known", None, DOUBT),
            ),
        ),
    ),
)
STALE = Box(
    "stale",
    "Stale access",
    "Remove stale access (no recent use / left company / role changed)",
    188,
    tuple(
        item(
            "stale",
            arn("role", f"batch-{number}"),
            f"batch-{number} was not used for {120 + number} days",
            "low",
            state=NEW if number % 3 == 0 else SAME,
            evidence=(("last used", "2026-07-20"), ("window", "400 days")),
            remedy=f"aws iam delete-role --role-name batch-{number}",
        )
        for number in range(5)
    ),
    pictures=(
        age_bars(
            "Access by the time since its last use",
            [("role", 3)] * 74
            + [("role", 45)] * 22
            + [("role", 124)] * 5
            + [("user", 1)] * 2
            + [("user", 25)]
            + [("access key", 412), ("access key", NEVER)]
            + [("permission", 20)] * 40
            + [("permission", 80)] * 18
            + [("permission", 300)] * 9
            + [("permission", NEVER)] * 12
            + [("permission", UNKNOWN)] * 3,
            90,
        ),
    ),
)
HYGIENE = Box("hygiene", "Hygiene", "Minimum IAM hygiene rules (v1)", 0)
REVIEW = Review(
    "prod",
    ACCOUNT,
    "monthly",
    "2026-11-monthly",
    Evidence(NOW, "live", fingerprint("capture"), NOW - timedelta(days=30), NOW, "org-trail, us-east-2", 5),
    (USERS, ROLES, WILDCARDS, SECRETS, ASSUME, STALE, HYGIENE),
    "2026-10-monthly",
    fingerprint("october"),
)
