"""The service's page in a real browser: a search as it grows, its proof, tactics taken by hand, bad input."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from service_stand_in import HOSTILE, TABLE, Running, make_operations, serving

from prover.statements.minif2f import Problem
from prover.types import Statement

PATIENCE_S = 60
TOKEN = "a token that is long enough"
PROBLEM = Problem("the_conjunction", Statement("goal", "theorem goal : p ∧ q"), informal=f"Both. {HOSTILE}")


class Services:
    """Services on an event loop of their own, beside the browser."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._stack = AsyncExitStack()

    def start(self, token: str = "", **settings: Any) -> Running:
        opening = self._stack.enter_async_context(serving(make_operations(TABLE, **settings), token))
        return asyncio.run_coroutine_threadsafe(opening, self._loop).result(PATIENCE_S)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stack.aclose(), self._loop).result(PATIENCE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    services = Services()
    yield services
    services.close()


@pytest.fixture(scope="module")
def service(services: Services) -> Running:
    return services.start(problems={PROBLEM.name: PROBLEM})


class Page:
    """The page as a person uses it."""

    def __init__(self, browser: webdriver.Chrome) -> None:
        self.browser = browser

    def id(self, name: str) -> Any:
        return self.browser.find_element(By.ID, name)

    def all(self, selector: str) -> list[Any]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def until(self, happened: Callable[[], object]) -> None:
        WebDriverWait(self.browser, PATIENCE_S).until(lambda _: happened())

    def write(self, text: str) -> None:
        self.id("statement").clear()
        self.id("statement").send_keys(text)

    def press(self, button: str) -> None:
        self.id(button).click()

    def idle(self) -> None:
        self.until(lambda: self.id("stop").get_property("disabled"))

    def do(self, button: str, statement: str) -> None:
        """Press a button on a statement, and wait for what comes of it."""
        self.write(statement)
        self.press(button)
        self.idle()

    def focused(self) -> str:
        return str(self.browser.switch_to.active_element.get_attribute("id"))


@pytest.fixture
def page(browser: webdriver.Chrome, service: Running) -> Iterator[Page]:
    """The page, freshly loaded; whatever a test does, no script error and no refusal is in the console."""
    browser.set_window_size(1200, 900)
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get(service.url)
    page = Page(browser)
    page.until(lambda: "nothing leaves this machine" in page.id("about").text)
    yield page
    complaints = [one for one in browser.get_log("browser") if one["source"] != "network"]
    assert complaints == [] and browser.title == "Prover" and page.all("img") == []


def test_a_proof_is_found_shown_with_its_verdict_and_lit_in_the_tree(page: Page) -> None:
    page.do("prove", "p ∧ q")
    assert page.id("result-title").text == "Proved" and page.focused() == "result-title"
    assert page.id("proof").text == "theorem goal : p ∧ q := by\n  constructor\n  · assumption\n  · exact hq"
    assert [one.text for one in page.all("#rungs li")] == ["✓ syntax", "✓ kernel"]
    lit = [one.text for one in page.all("#tree li.lit > .row > .tactic")]
    assert lit == ["constructor", "assumption", "exact hq"]
    assert all(one.is_displayed() for one in page.all("#tree li.lit"))


def test_the_tree_grows_while_the_search_runs_and_stop_ends_it(page: Page, service: Running) -> None:
    page.write("slow")
    page.press("prove")
    page.until(lambda: len(page.all("#tree li[data-state]")) >= 2)
    assert page.id("state").text == "Searching." and page.id("prove").get_property("disabled")
    assert [one.text for one in page.all("#tree .goal")][:2] == ["slow", "slower"]
    assert "expanding" in page.all("#tree .state-about")[1].text
    figures = [one.text for one in page.all("#figures dd")]
    assert int(figures[0]) == 2 and page.all("#tree .lit") == []
    page.press("stop")
    page.idle()
    assert page.id("state").text == "Stopped."
    assert not any("expanding" in one.text for one in page.all("#tree .state-about"))
    assert page.all("#tree li[data-status='expanding']") == []
    assert page.all("#tree li[data-state]")[1].get_attribute("data-status") == "open"
    page.until(lambda: service.operations.places.working == 0)


def test_a_node_shows_its_goals_by_mouse_and_by_keyboard(page: Page) -> None:
    page.do("prove", "p ∧ q")
    first, second, *_ = page.all("#tree .goal")
    first.click()
    assert page.all("#tree pre")[0].text == "p ∧ q"
    first.send_keys(Keys.ARROW_DOWN)
    assert page.browser.switch_to.active_element == second
    second.send_keys(Keys.ENTER)
    assert page.all("#tree pre")[1].text == "p"
    second.send_keys(Keys.ARROW_LEFT)  # closes it
    assert page.all("#tree li[data-state='1'] > ul")[0].is_displayed() is False
    second.send_keys(Keys.ARROW_LEFT)  # goes up
    assert page.browser.switch_to.active_element == first


def test_what_the_judge_refuses_is_said_to_be_refused(page: Page) -> None:
    page.do("prove", "cheat")
    assert page.id("result-title").text == "Not proved"
    assert "The judge refused" in page.id("verdict").text and "✗ kernel: it cheats" in page.id("rungs").text
    assert not page.id("proof").is_displayed()


def test_hostile_tactics_goals_and_messages_are_text(page: Page) -> None:
    page.do("prove", "p ∧ q")
    for button in page.all("#tree .failed-tactics"):
        button.click()
    assert HOSTILE in page.id("tree").text
    page.do("suggest", "q")
    assert page.all("#tactics code")[1].text == HOSTILE
    page.do("prove", "unknown")
    assert HOSTILE in page.id("messages").text


def test_leans_messages_lead_to_their_place(page: Page) -> None:
    page.do("prove", "unknown")
    assert page.id("reason").text == "the statement does not elaborate" and page.focused() == "failure-title"
    page.all("#messages button")[0].click()
    script = "const one = arguments[0]; return one.value.slice(one.selectionStart, one.selectionEnd)"
    assert page.browser.execute_script(script, page.id("statement")) == "unk"
    assert page.focused() == "statement"


def test_a_theorem_of_the_data_file_is_picked(page: Page) -> None:
    page.until(lambda: page.id("picker").is_displayed())
    page.id("theorem").send_keys(PROBLEM.name)
    assert page.id("statement").get_property("value") == "theorem goal : p ∧ q"
    assert page.id("informal").text == f"Both. {HOSTILE}"
    page.id("statement").send_keys("x")
    assert page.id("informal").text == "" and page.id("theorem").get_property("value") == ""


def test_tactics_are_taken_one_by_one_to_a_proof_that_is_judged(page: Page) -> None:
    page.do("suggest", "p ∧ q")
    assert page.all("#tactics code")[0].text == "constructor" and not page.id("so-far").is_displayed()
    for tactic in ("constructor", "assumption"):
        page.all(f"[aria-label='Take {tactic}']")[0].click()
        page.idle()
    assert page.id("script").text == "constructor\nassumption" and page.id("here").text == "q"
    page.press("back")
    page.idle()
    assert page.id("here").text == "p\n\nq"
    for tactic in ("assumption", "exact hq"):
        page.all(f"[aria-label='Take {tactic}']")[0].click()
        page.idle()
    assert page.id("result-title").text == "The proof holds"
    assert page.id("proof").text.endswith(":= by\n  constructor\n  assumption\n  exact hq")


def test_a_proof_that_is_there_is_checked(page: Page) -> None:
    page.do("verify", "theorem goal : p := by assumption")
    assert page.id("result-title").text == "The proof holds"
    page.do("verify", "theorem goal : p := by cheat")
    assert page.id("result-title").text == "The proof does not hold"


def test_the_proof_is_copied_as_it_is(page: Page) -> None:
    page.browser.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    page.do("prove", "p")
    page.press("copy")
    page.until(lambda: page.id("copy").text == "Copied")
    script = "const done = arguments[0]; navigator.clipboard.readText().then(done)"
    assert page.browser.execute_async_script(script) == "theorem goal : p := by\n  assumption"


def test_a_search_is_started_with_the_keyboard_alone(page: Page) -> None:
    page.id("statement").send_keys("p", Keys.CONTROL + Keys.ENTER)
    page.until(lambda: page.id("result-title").text == "Proved")


def test_even_a_script_that_got_in_would_not_run(browser: webdriver.Chrome, service: Running) -> None:
    browser.get(service.url)
    browser.execute_script(
        "const made = document.createElement('script'); made.textContent = arguments[0];"
        "document.body.append(made)",
        "document.title = 'owned'",
    )
    assert browser.title == "Prover"
    assert any("Content Security Policy" in one["message"] for one in browser.get_log("browser"))


def test_a_service_with_a_token_asks_for_it(browser: webdriver.Chrome, services: Services) -> None:
    browser.get(services.start(TOKEN).url)
    page = Page(browser)
    page.until(lambda: page.id("token").is_displayed())
    page.id("token").send_keys(TOKEN, Keys.TAB)
    page.until(lambda: "nothing leaves" in page.id("about").text)
    page.do("prove", "p")
    assert page.id("result-title").text == "Proved" and not page.id("token").is_displayed()
    browser.get_log("browser")


@pytest.mark.parametrize("width", [360, 1200])
def test_the_service_page_is_never_wider_than_the_screen(page: Page, width: int) -> None:
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        page.do("prove", "p ∧ q")
        assert page.browser.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_everything_that_can_be_used_has_a_name(page: Page) -> None:
    page.do("prove", "p ∧ q")
    controls = page.all("button, input, textarea, a, [role=region]")
    shown = [one for one in controls if one.is_displayed()]
    assert len(shown) > 10 and all(one.accessible_name for one in shown)
    assert page.id("state").aria_role == "status"


def test_the_service_page_is_dark_where_dark_is_asked_for(page: Page) -> None:
    feature = {"name": "prefers-color-scheme", "value": "dark"}
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    script = "return getComputedStyle(arguments[0]).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
    try:
        for name in ("body", "textarea", "#seconds"):
            assert sum(page.browser.execute_script(script, page.all(name)[0])) < 120
    finally:
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
