"""A review in which every text that somebody else may choose means harm."""

from __future__ import annotations

from datetime import timedelta

from iam_guardrails.model.review.pictures import NO, YES, Mark, Matrix, MatrixRow, Timeline, age_bars
from iam_guardrails.model.review.review import KEEP, Box, Decision, Evidence, Item, Review, Table
from tests.review_sample import NOW, item

HOSTILE = (
    "<script>alert(1);document.title='taken'</script>",
    '"><img src=x onerror=alert(2)>',
    "' onmouseover='alert(3)",
    "]]>&amp;<!-- --></style></details>",
    "line\u2028end\u2029\nnew\rline",
    "right\u202eto left",
    "=cmd|' /C calc'!A0",
    "@everyone | `x` [a](http://evil.example) **b** <b>c</b> #12 https://evil.example www.evil.example",
    "\x00\x1b[31mred\x07",
    "x" * 600,
)


def hostile() -> Review:
    """Every text that somebody else may choose is one of HOSTILE."""
    items = tuple(
        item("users", text, f"{text} is hostile", "high", reasons=(text, text), evidence=((text, text),), remedy=text)
        for text in HOSTILE
    )
    decided = tuple(
        Item(
            **{
                **one.__dict__,
                "id": f"{one.id}-d",
                "decision": Decision(one.id, one.meaning, KEEP, text, text, text, None, text, NOW),
            }
        )
        for one, text in zip(items, HOSTILE, strict=True)
    )
    width = len(HOSTILE)
    rows = tuple(
        MatrixRow(text, (YES, *(NO,) * (at % width), *(YES,) * (width - 1 - at % width)))
        for at, text in enumerate(HOSTILE)
    )
    pictures = (
        Matrix(HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE, rows),
        age_bars(HOSTILE[0], [(text, 3) for text in HOSTILE], 90),
        Timeline(
            HOSTILE[0], NOW - timedelta(days=9), NOW, HOSTILE[:3], tuple(Mark(HOSTILE[0], NOW, t) for t in HOSTILE)
        ),
    )
    tables = (Table(HOSTILE[0], HOSTILE, (HOSTILE,)),)
    box = Box("users", HOSTILE[0], HOSTILE[1], 3, items + decided, HOSTILE, HOSTILE, tables, HOSTILE, pictures)
    said = Evidence(NOW, HOSTILE[0], HOSTILE[1], NOW, NOW, HOSTILE[3], 5)
    return Review(HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE[3], said, (box,), HOSTILE[0], HOSTILE[1], HOSTILE)
