"""Lines that fit a terminal of 80 columns."""

from __future__ import annotations

import pytest

from iam_guardrails.reports.fitting import fitted, sentence, wrapped

ARN = "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-primary"
REGIONS = "lookup:" + ",".join(f"eu-west-{number}" for number in range(20))
COMMAND = "guardrails breakglass enter INC-20261128-1704-kpkm --sandbox --role some-other-emergency-role"


@pytest.mark.parametrize("head", ["", "  record   ", "    3  2026-11-28 17:04:38  entered   "])
@pytest.mark.parametrize("text", ["word " * 40, f"{ARN} in 333333333333, subshell bash", f"from {REGIONS} ({ARN})", ""])
def test_every_line_fits_and_no_word_is_lost(head: str, text: str) -> None:
    for made in ("\n".join(wrapped(head, text)), sentence(head, text), fitted(head + text)):
        assert [line for line in made.split("\n") if len(line) > 80] == []
        assert "".join(made.split()) == "".join((head + text).split())


def test_a_path_longer_than_a_line_stands_whole_and_alone() -> None:
    path = f"/srv/{'folder/' * 12}x.jsonl"
    assert wrapped("  record   ", f"{path} and more") == ["  record", f"    {path}", "           and more"]
    assert wrapped("  record   ", "x" * 77) == ["  record", f"   {'x' * 77}"]
    assert wrapped("  record   ", "x" * 70) == ["  record", f"    {'x' * 70}"]


def test_a_command_in_a_sentence_stays_whole() -> None:
    text = f"it is open already; go on with it: {COMMAND}; or look, `guardrails breakglass list --sandbox` shows all"
    lines = sentence("guardrails: ", text).split("\n")
    assert f"  {COMMAND}" in lines
    assert any("`guardrails breakglass list --sandbox`" in line for line in lines)
    assert "".join("".join(lines).split()) == "".join(f"guardrails: {text}".split())
    assert sentence("guardrails: ", "git does not tell " + "word " * 30).count("\n") == 2
