"""The page of a review in a real browser: it opens without a word of complaint, filters by keyboard, prints whole,
fits a phone, and names of others do nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.browser import MISSING, Page, found, opened
from tests.review_hostile import HOSTILE, hostile
from tests.review_sample import REVIEW, SECRETS

from iam_guardrails.model.review.pictures import NO, YES, Matrix, MatrixRow
from iam_guardrails.model.review.review import Review
from iam_guardrails.model.value import changed
from iam_guardrails.reports.review import render_review
from iam_guardrails.reports.review.matrix import MOST_COLUMNS

pytestmark = pytest.mark.skipif(not found(), reason=MISSING)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="300" aria-label="every event reaches somebody">'
    '<style>text{fill:red}</style><rect style="fill:#fff" width="1600" height="300"/><script>alert(1)</script>'
    '<image href="https://evil.example/x.png" width="9" height="9"/><text x="9" y="99">a chain</text></svg>'
)
REVIEWS: dict[str, Review] = {
    "sample": REVIEW,
    "hostile": hostile(),
    "empty": changed(REVIEW, boxes=()),
}
POKED = """
for (const node of document.querySelectorAll('summary, td, h4, li'))
  for (const kind of ['mouseover', 'focus', 'click']) node.dispatchEvent(new MouseEvent(kind, { bubbles: true }))
"""
SHOWN = "[...document.querySelectorAll('[data-entry]')].filter(node => node.checkVisibility())"
TITLES = f"{SHOWN}.map(node => (node.querySelector('h4') || node).textContent)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("review")
    for name, review in REVIEWS.items():
        (made / f"{name}.html").write_text(render_review(review, "html", chain_svg=SVG), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with opened(found(), tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def page(browser: Page, folder: Path) -> Page:
    browser.size(1280, 900)
    browser.open(folder / "sample.html")
    return browser


def focused(page: Page) -> str:
    return str(page.ask("document.activeElement.textContent || document.activeElement.id"))


def reach(page: Page, name: str) -> None:
    """Press Tab until something is focused."""
    for _ in range(60):
        page.press("Tab")
        if focused(page) == name:
            return
    raise AssertionError(f"Tab does not reach {name!r}")


@pytest.mark.parametrize("name", REVIEWS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_opens_in_silence_and_asks_nothing_of_anybody(browser: Page, folder: Path, name: str, theme: str) -> None:
    browser.size(1280, 900, theme)
    browser.open(folder / f"{name}.html")
    title = browser.ask("document.title")
    browser.ask(POKED)
    told = browser.of("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
    assert told == [], told
    asked = {event["request"]["url"].partition(",")[0] for event in browser.of("Network.requestWillBeSent")}
    assert asked == {(folder / f"{name}.html").as_uri(), "data:image/svg+xml;base64"}
    assert browser.of("Page.javascriptDialogOpening") == []
    assert browser.ask("document.title") == title != "taken"
    assert browser.ask("[...document.images].every(image => image.naturalWidth > 0)") is True


def test_the_guards_of_these_tests_see_what_they_look_for(browser: Page, folder: Path) -> None:
    bad = folder / "bad.html"
    bad.write_text("<title>x</title><script>console.error('no');alert(1);document.title='taken'</script>"
                   "<img src='https://evil.example/x.png'>", encoding="utf-8")  # fmt: skip
    browser.open(bad)
    browser.ask("1")
    assert browser.of("Runtime.consoleAPICalled") and browser.of("Page.javascriptDialogOpening")
    assert any("evil.example" in event["request"]["url"] for event in browser.of("Network.requestWillBeSent"))
    assert browser.ask("document.title") == "taken"


def test_names_of_others_are_text(browser: Page, folder: Path) -> None:
    browser.size(1280, 900)
    browser.open(folder / "hostile.html")
    found_titles = browser.ask(TITLES)
    assert f"{HOSTILE[0]} is hostile" in found_titles
    assert browser.ask("document.scripts.length") == 1
    assert browser.ask("document.querySelectorAll('img').length") == 1


def test_the_policy_stops_what_would_get_through_nevertheless(page: Page) -> None:
    page.ask("document.body.insertAdjacentHTML('beforeend',"
             " '<img src=\"https://evil.example/x.png\" onerror=\"document.title=\\'taken\\'\">')")  # fmt: skip
    page.ask("new Promise(done => setTimeout(done, 300))")
    assert page.ask("document.title") != "taken"
    refused = [event["entry"]["text"] for event in page.of("Log.entryAdded")]
    assert refused and all("Content Security Policy" in text for text in refused)


def test_everything_is_shown_at_first_and_counted(page: Page) -> None:
    assert len(page.ask(TITLES)) == len(REVIEW.items) + 1
    assert page.ask("document.getElementById('said').textContent") == "12 of 12 shown"


def test_filters_by_keyboard(page: Page) -> None:
    reach(page, "new 4")
    page.press("Enter", "\r")
    new = {one.title for one in REVIEW.items if one.state == "new"}
    assert set(page.ask(TITLES)) == new
    assert page.ask("document.getElementById('said').textContent") == "4 of 12 shown"
    assert page.ask("document.activeElement.getAttribute('aria-pressed')") == "true"
    reach(page, "gone 1")
    page.press(" ", " ")
    assert set(page.ask(TITLES)) == new | {"old-contractor has an access key that is 600 days old"}
    reach(page, "critical 2")
    page.press("Enter", "\r")
    assert set(page.ask(TITLES)) == {one.title for one in REVIEW.items if one.severity == "critical"}
    assert page.ask("[...document.querySelectorAll('.none')].filter(node => node.checkVisibility()).length") == 2
    reach(page, "Clear filters")
    page.press("Enter", "\r")
    assert len(page.ask(TITLES)) == 12


def test_filters_by_box_words_and_decision(page: Page) -> None:
    page.ask("document.getElementById('by-text').focus()")
    page.call("Input.insertText", text="KELLER password")
    assert page.ask(TITLES) == ["m.keller has a console password without MFA"]
    page.ask("document.getElementById('clear').click()")
    page.ask("(box => { box.value = 'stale'; box.dispatchEvent(new Event('change')) })"
             "(document.getElementById('by-box'))")  # fmt: skip
    assert set(page.ask(TITLES)) == {one.title for one in REVIEW.items if one.box == "stale"}
    assert page.ask("[...document.querySelectorAll('.box')].filter(node => node.checkVisibility()).length") == 1
    page.ask("document.getElementById('clear').click()")
    reach(page, "decided 2")
    page.press("Enter", "\r")
    assert set(page.ask(TITLES)) == {one.title for one in REVIEW.items if one.decision}


def test_focus_is_seen_and_the_first_key_skips_to_the_boxes(page: Page) -> None:
    page.press("Tab")
    assert focused(page) == "Skip to the boxes"
    assert page.ask("document.activeElement.getBoundingClientRect().left") >= 0
    page.press("Enter", "\r")
    assert page.ask("location.hash") == "#boxes"
    for _ in range(12):
        page.press("Tab")
        look = page.ask(
            "(style => style.outlineStyle + ' ' + style.outlineWidth)(getComputedStyle(document.activeElement))"
        )
        assert look == "solid 3px", focused(page)


def test_all_open_and_close_and_a_remedy_is_copied(page: Page) -> None:
    page.ask("document.getElementById('fold').click()")
    assert page.ask("document.querySelectorAll('details.item:not([open])').length") == 0
    page.ask("document.querySelector('.remedy button').click()")
    page.ask("new Promise(done => setTimeout(done, 200))")
    said = page.ask("document.querySelector('.remedy button').textContent")
    assert said in ("Copied", "Selected")
    if said == "Selected":
        assert page.ask("getSelection().toString()") == "aws iam delete-login-profile --user-name m.keller"
    page.ask("document.getElementById('fold').click()")
    assert page.ask("document.querySelectorAll('details.item[open]').length") == 0


@pytest.mark.parametrize("name", REVIEWS)
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_never_scrolls_sideways(browser: Page, folder: Path, name: str, width: int) -> None:
    browser.size(width, 800)
    browser.open(folder / f"{name}.html")
    browser.ask("document.querySelectorAll('details').forEach(part => { part.open = true })")
    assert browser.ask("document.documentElement.scrollWidth") == width
    narrow = browser.ask(
        "[...document.querySelectorAll('main :is(p, li, dt, dd, h3, h4, pre, figcaption)')]"
        ".filter(node => node.checkVisibility() && node.textContent.length > 60 && node.offsetWidth < 100)"
        ".map(node => node.tagName + ' ' + node.textContent.slice(0, 40))"
    )
    assert narrow == [], "long names press the rest together"


READABLE = """
(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const part = (v) => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const under = (node) => { for (let at = node; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour.length === 3 || colour[3] === 1) return colour } return [255, 255, 255] };
  const found = [];
  for (const node of document.querySelectorAll('body *')) {
    if (![...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim()) || !node.checkVisibility()
        || node.closest('svg, script, .unseen')) continue;
    const a = light(parse(getComputedStyle(node).color)), b = light(under(node));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([ratio, node.tagName + '.' + node.className]);
  }
  return found;
})()
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_has_contrast_as_it_is_drawn(browser: Page, folder: Path, theme: str) -> None:
    browser.size(1280, 900, theme)
    browser.open(folder / "sample.html")
    browser.ask("document.querySelectorAll('details').forEach(part => { part.open = true })")
    browser.ask("document.querySelectorAll('button[aria-pressed]')[0].click()")
    found_ratios = browser.ask(READABLE)
    assert len(found_ratios) > 150
    assert [one for one in found_ratios if one[0] < 4.5] == []
    assert browser.ask("getComputedStyle(document.body).backgroundColor") == (
        "rgb(255, 255, 255)" if theme == "light" else "rgb(18, 24, 30)"
    )


NEEDS_PDFTOTEXT = pytest.mark.skipif(
    not shutil.which("pdftotext"), reason="NOT TESTED: pdftotext is missing (Debian: poppler-utils)"
)


@NEEDS_PDFTOTEXT
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_paper_holds_everything_whatever_is_filtered_or_folded(page: Page, tmp_path: Path, script: bool) -> None:
    if script:
        page.ask("document.getElementById('fold').click(); document.getElementById('fold').click()")
        page.ask("document.querySelector('button[data-value=gone]').click()")
        assert len(page.ask(TITLES)) == 1
    else:
        page.reload(scripts=False)
    paper = tmp_path / "review.pdf"
    try:
        paper.write_bytes(page.printed())
    finally:
        page.call("Emulation.setScriptExecutionDisabled", value=False)
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout
    flat = " ".join(text.split())
    for one in REVIEW.items:
        assert one.title in flat
        assert one.id in flat, f"what is folded is missing on paper: {one.title}"
    assert "old-contractor has an access key that is 600 days old" in flat
    for absent in ("Clear filters", "Skip to the boxes", "file://", "Copy"):
        assert absent not in flat
    if script:
        assert len(page.ask(TITLES)) == 1, "printing changed what the screen shows"


WIDE = Matrix(
    "Who", "principal", "secret", tuple(f"prod/team/credential-{at}" for at in range(MOST_COLUMNS)),
    tuple(MatrixRow(f"arn:aws:iam::333333333333:role/team-{at}/service", (YES,) * at + (NO,) * (MOST_COLUMNS - at))
          for at in range(1, MOST_COLUMNS)),
)  # fmt: skip
SHEET_WIDTH = 716  # A4 between margins of one centimetre, in CSS pixels


@pytest.mark.parametrize("name", ["sample", "hostile", "wide"])
def test_nothing_runs_off_the_paper(browser: Page, folder: Path, name: str) -> None:
    wide = changed(REVIEW, boxes=(changed(SECRETS, pictures=(WIDE,)),))
    (folder / "wide.html").write_text(render_review(wide, "html", chain_svg=SVG), encoding="utf-8")
    browser.size(SHEET_WIDTH, 900)
    browser.open(folder / f"{name}.html")
    browser.call("Emulation.setEmulatedMedia", media="print")
    try:
        browser.ask("document.querySelectorAll('details:not(.matrix details)').forEach(part => { part.open = true })")
        assert browser.ask("document.documentElement.scrollWidth") == SHEET_WIDTH
    finally:
        browser.call("Emulation.setEmulatedMedia", media="")


@NEEDS_PDFTOTEXT
def test_the_widest_matrix_is_whole_on_paper(browser: Page, folder: Path, tmp_path: Path) -> None:
    wide = changed(REVIEW, boxes=(changed(SECRETS, pictures=(WIDE,)),))
    (folder / "wide.html").write_text(render_review(wide, "html"), encoding="utf-8")
    browser.size(1280, 900)
    browser.open(folder / "wide.html")
    paper = tmp_path / "wide.pdf"
    paper.write_bytes(browser.printed())
    words = subprocess.run(["pdftotext", "-bbox", paper, "-"], capture_output=True, text=True, check=True).stdout
    heads = set(re.findall(r">prod/team/(credential-\d+)<", words))
    assert heads == {f"credential-{at}" for at in range(MOST_COLUMNS)}, "columns are cut off at the edge of the paper"


def test_paper_is_white_when_the_screen_is_dark(browser: Page, folder: Path) -> None:
    browser.size(1280, 900, "dark")
    browser.open(folder / "sample.html")
    browser.call("Emulation.setEmulatedMedia", media="print",
                 features=[{"name": "prefers-color-scheme", "value": "dark"}])  # fmt: skip
    try:
        assert browser.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert browser.ask("getComputedStyle(document.body).color") == "rgb(27, 39, 51)"
    finally:
        browser.call("Emulation.setEmulatedMedia", media="")


def light_of(shown: list[tuple[int, int, int]]) -> float:
    return sum(map(sum, shown)) / (3 * len(shown))


@pytest.mark.parametrize("width", [360, 1280])
def test_it_looks_like_a_page_light_and_dark(browser: Page, folder: Path, width: int) -> None:
    seen = {}
    for theme in ("light", "dark"):
        browser.size(width, 896, theme)
        browser.open(folder / "sample.html")
        seen[theme] = browser.small(width, 896)
        assert len(seen[theme]) == (width // 8) * 112
        assert len(set(seen[theme])) > 60, f"{theme}: the page is blank"
    assert light_of(seen["light"]) > 200 > 90 > light_of(seen["dark"])


def test_the_guard_against_a_blank_page_sees_one(browser: Page, folder: Path) -> None:
    blank = folder / "blank.html"
    blank.write_text("<title>x</title>", encoding="utf-8")
    browser.size(1280, 896)
    browser.open(blank)
    assert set(browser.small(1280, 896)) == {(255, 255, 255)}
