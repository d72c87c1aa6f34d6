"""Access by age as a picture: a bar for each span of time, its parts told apart by pattern, not by colour alone."""

from __future__ import annotations

from iam_guardrails.model.review.pictures import AgeBars, AgeBucket
from iam_guardrails.reports.review.markup import tag, text

_FILLS = (('class="k0"',), ('class="back1"', 'fill="url(#stripes)"'), ('class="k2"',),
          ('class="back3"', 'fill="url(#dots)"'))  # fmt: skip
"""Of each kind; a pattern lies on its background. Kinds beyond begin again: the numbers tell them apart."""


def bars(picture: AgeBars) -> str:
    """The figure: a table whose second column is drawn."""
    most = max((sum(item.counts) for item in picture.buckets), default=0)
    rows = "\n".join(_row(picture, item, most) for item in picture.buckets)
    legend = "".join(
        f'<li><svg class="sign" aria-hidden="true">{_part(at, 0, 100)}</svg>{text(kind)} '
        f"{sum(item.counts[at] for item in picture.buckets):,}</li>"
        for at, kind in enumerate(picture.kinds)
    )
    stale = sum(sum(item.counts) for item in picture.buckets if item.stale)
    total = sum(sum(item.counts) for item in picture.buckets)
    head = '<th scope="col">last used</th><th scope="col">how many</th><th scope="col" class="number">in all</th>'
    return (
        f"<figure><figcaption>{text(picture.title)}: {stale:,} of {total:,} stale</figcaption>"
        f'<ul class="legend">{legend}</ul><table class="bars"><caption class="unseen">{text(picture.title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></figure>"
    )


def _row(picture: AgeBars, item: AgeBucket, most: int) -> str:
    said = (
        ", ".join(f"{kind} {many:,}" for kind, many in zip(picture.kinds, item.counts, strict=True) if many) or "none"
    )
    left, parts = 0.0, []
    for at, many in enumerate(item.counts):
        if many:
            wide = max(100 * many / most, 0.6)
            parts.append(_part(at, left, wide))
            left += wide
    look, word = (' class="stale"', f" {tag('stale', 'medium')}") if item.stale else ("", "")
    return (
        f'<tr{look}><th scope="row">{text(item.label)}{word}</th>'
        f'<td><svg role="img" aria-label="{text(said)}"><title>{text(said)}</title>{"".join(parts)}</svg></td>'
        f'<td class="number">{sum(item.counts):,}</td></tr>'
    )


def _part(kind: int, left: float, wide: float) -> str:
    place = f'x="{left:.2f}%" y="2" width="{wide:.2f}%" height="15"'
    return "".join(f"<rect {fill} {place}/>" for fill in _FILLS[kind % len(_FILLS)])
