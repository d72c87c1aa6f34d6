"""The dossier of a break-glass use in a real browser: it opens in silence, fits a phone and paper, names do nothing."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.browser import MISSING, Page, found, opened
from tests.incident_records import incident
from tests.review_hostile import HOSTILE
from tests.test_breakglass_close import EXAMINATION, REVIEW

from iam_guardrails.model.incident.examined import Done, Item
from iam_guardrails.model.incident.step import CLOSED, EXAMINED
from iam_guardrails.model.value import changed
from iam_guardrails.reports.dossier import html
from iam_guardrails.reports.dossier.told import dossier_of

pytestmark = pytest.mark.skipif(not found(), reason=MISSING)
PAGES = ("usual", "hostile")


def page_of(name: str) -> str:
    examination, review = EXAMINATION, REVIEW
    if name == "hostile":
        calls = tuple(Done("2026-11-28T12:02:00Z", *[text] * 7, (text,)) for text in HOSTILE)
        items = tuple(Item(text, text, "still open", text, text) for text in HOSTILE)
        examination = changed(EXAMINATION, calls=calls, items=items, incomplete=HOSTILE, notes=HOSTILE)
        review = changed(REVIEW, what_happened=" ".join(HOSTILE), alarms=HOSTILE[0])
    return html.render(dossier_of("prod", incident(steps=((EXAMINED, examination), (CLOSED, review)))))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("dossier")
    for name in PAGES:
        (made / f"{name}.html").write_text(page_of(name), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with opened(found(), tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.mark.parametrize("name", PAGES)
def test_it_opens_in_silence_and_asks_nothing_of_anybody(browser: Page, folder: Path, name: str) -> None:
    browser.size(1280, 896)
    browser.open(folder / f"{name}.html")
    browser.ask("[...document.querySelectorAll('*')].forEach(node => ['mouseover', 'click'].forEach("
                "kind => node.dispatchEvent(new MouseEvent(kind, { bubbles: true }))))")  # fmt: skip
    told = browser.of("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
    assert told == []
    asked = {event["request"]["url"] for event in browser.of("Network.requestWillBeSent")}
    assert asked == {(folder / f"{name}.html").as_uri()}
    assert browser.of("Page.javascriptDialogOpening") == []
    assert browser.ask("document.scripts.length + document.images.length") == 0
    assert "Break-glass use" in browser.ask("document.title")


def test_names_of_others_are_text(browser: Page, folder: Path) -> None:
    browser.open(folder / "hostile.html")
    assert HOSTILE[0] in browser.ask("document.body.textContent")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_never_scrolls_sideways(browser: Page, folder: Path, name: str, width: int) -> None:
    browser.size(width, 800)
    browser.open(folder / f"{name}.html")
    assert browser.ask("document.documentElement.scrollWidth") == width


def test_it_looks_like_a_page_light_and_dark(browser: Page, folder: Path) -> None:
    light = {}
    for theme in ("light", "dark"):
        browser.size(1280, 896, theme)
        browser.open(folder / "usual.html")
        shown = browser.small(1280, 896)
        assert len(set(shown)) > 40, f"{theme}: the page is blank"
        light[theme] = sum(map(sum, shown)) / (3 * len(shown))
    assert light["light"] > 200 > 90 > light["dark"]


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="NOT TESTED: pdftotext is missing (Debian: poppler-utils)")
def test_paper_holds_all_of_it(browser: Page, folder: Path, tmp_path: Path) -> None:
    browser.size(1280, 896)
    browser.open(folder / "usual.html")
    paper = tmp_path / "dossier.pdf"
    paper.write_bytes(browser.printed())
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout
    flat = " ".join(text.split())
    for said in ("What was changed", "Prevention", "The record", "The picture may be incomplete", "AccessDenied"):
        assert said in flat
