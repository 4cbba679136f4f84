"""The page in Chromium: filters, addresses, evidence on demand; no error, and no request leaves."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.reports.html.page import page
from harness.reports.html.rotation import rotation_page
from harness.reports.making import report_of
from tests.reports.html.test_page import HOSTILE, hostile, unsafe_report
from tests.reports.rotation import samples as rotations
from tests.reports.samples import EVERYTHING

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="no Chromium with its driver on PATH (Debian: chromium, chromium-driver)"
)
webdriver = pytest.importorskip("selenium.webdriver", reason="Selenium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator["webdriver.Chrome"]:  # type: ignore[name-defined]  # imported if it is there
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    made = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield made
    made.quit()


def _wait(browser: "webdriver.Chrome", condition: str) -> None:  # type: ignore[name-defined]
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 5, poll_frequency=0.02).until(lambda one: one.execute_script(f"return {condition}"))


def _is_quiet(browser: "webdriver.Chrome") -> None:  # type: ignore[name-defined]
    """Neither an error on the console, nor a request for anything but the file itself."""
    assert browser.get_log("browser") == []
    messages = [json.loads(one["message"])["message"] for one in browser.get_log("performance")]
    asked = [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]
    assert asked
    assert all(url.startswith("file:") for url in asked), asked


def test_filters_addresses_and_evidence(browser: "webdriver.Chrome", tmp_path: Path) -> None:  # type: ignore[name-defined]
    path = tmp_path / "index.html"
    path.write_text(page(unsafe_report(), limit=0), encoding="utf-8")
    browser.get(path.as_uri())
    _wait(browser, "!document.getElementById('=filter').hidden")
    shown = "document.querySelectorAll('tr.row:not([hidden])').length"
    whole = browser.execute_script(f"return {shown}")
    browser.execute_script("document.querySelector('[name=unsafe]').click()")
    _wait(browser, f"{shown} > 0 && {shown} < {whole}")
    browser.execute_script("document.querySelector('[name=unsafe]').click()")
    _wait(browser, f"{shown} === {whole}")
    browser.find_element("tag name", "body").send_keys("/")
    browser.switch_to.active_element.send_keys("expired")
    _wait(browser, f"{shown} > 0 && {shown} < {whole}")

    address = browser.execute_script(
        "return [...document.querySelectorAll('td[id]')].find((one) => one.id.includes('expired')).id"
    )
    browser.get("about:blank")
    browser.get(f"{path.as_uri()}#{address}")
    _wait(browser, "document.querySelector('.on-demand .ends')")
    said = browser.find_element("class name", "on-demand").text
    for words in ("good before", "accepted over TLSv1.3", "logged in", "one difference", "again dbtls run"):
        assert words in said
    opened = "[...document.querySelectorAll('details')].filter((one) => one.contains(document.querySelector('.now')))"
    assert browser.execute_script(f"return {opened}.every((one) => one.open)")
    _is_quiet(browser)


def testhostile_names_run_nothing(browser: "webdriver.Chrome", tmp_path: Path) -> None:  # type: ignore[name-defined]
    path = tmp_path / "hostile.html"
    html = page(hostile(report_of(EVERYTHING, allow_missing=False)), limit=0)
    path.write_text(html, encoding="utf-8")
    browser.get(path.as_uri())
    browser.execute_script("document.querySelector('td[id] a').click()")
    _wait(browser, "document.querySelector('.on-demand .ends')")
    assert HOSTILE[:20] in browser.execute_script("return document.querySelector('.on-demand').textContent")
    assert browser.execute_script("return document.querySelectorAll('script').length") == 2
    _is_quiet(browser)


@pytest.mark.parametrize("width", [400, 1400])
def test_no_page_is_wider_than_the_window(browser: "webdriver.Chrome", tmp_path: Path, width: int) -> None:  # type: ignore[name-defined]
    path = tmp_path / "page.html"
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    report = report_of(EVERYTHING, allow_missing=False)
    for html in (page(report), page(hostile(report)), rotation_page(rotations.FAIL)):
        path.write_text(html, encoding="utf-8")
        browser.get(path.as_uri())
        browser.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    _is_quiet(browser)
