"""The report's page in a real browser: the list, the trees, and text of the run that wants to be code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from report_runs import EVERYTHING, HOSTILE, IMAGE, PROVED, make_run
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from prover.runs.folder import RunFolder
from prover.runs.report.data import gather
from prover.runs.report.page import render

PATIENCE_S = 60


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = make_run(tmp_path_factory.mktemp("runs") / "mine", EVERYTHING)
    page = folder / "report.html"
    with RunFolder(folder) as run:
        page.write_text(render(gather(run)), encoding="utf-8")
    return page.as_uri()


@pytest.fixture
def page(browser: webdriver.Chrome, address: str) -> Iterator[webdriver.Chrome]:
    """The page, freshly loaded at desktop size; whatever a test does, the console stays empty."""
    browser.set_window_size(1200, 900)
    browser.get("about:blank")
    browser.get(address)
    yield browser
    assert browser.get_log("browser") == []


def shown(page: webdriver.Chrome) -> list[str]:
    rows = page.find_elements(By.CSS_SELECTOR, "details.theorem")
    return [str(row.get_attribute("data-name")) for row in rows if row.is_displayed()]


def theorem(page: webdriver.Chrome, name: str) -> WebElement:
    rows = page.find_elements(By.CSS_SELECTOR, "details.theorem")
    return next(row for row in rows if row.get_attribute("data-name") == name)


def opened_tree(page: webdriver.Chrome, name: str) -> WebElement:
    row = theorem(page, name)
    row.find_element(By.TAG_NAME, "summary").click()
    row.find_element(By.CSS_SELECTOR, ".open-tree").click()
    tree = row.find_element(By.CSS_SELECTOR, ".tree")
    WebDriverWait(page, PATIENCE_S).until(lambda _: tree.find_elements(By.CSS_SELECTOR, "[data-state]"))
    return tree


def lit(tree: WebElement) -> list[str]:
    return [one.text for one in tree.find_elements(By.CSS_SELECTOR, "li.lit > .row > .tactic")]


def test_the_proof_path_is_open_and_lit_and_nothing_else_is(page: webdriver.Chrome) -> None:
    tree = opened_tree(page, PROVED.name)
    assert lit(tree) == ["constructor", "simp", "omega", "assumption"]
    assert all(one.is_displayed() for one in tree.find_elements(By.CSS_SELECTOR, "li.lit"))
    unlit = tree.find_elements(By.CSS_SELECTOR, "li:not(.lit) > .row > .tactic")
    assert [one.text for one in unlit] == ["skip_it"]
    colours = {
        one.value_of_css_property("background-color")
        for one in tree.find_elements(By.CSS_SELECTOR, "li.lit > .row")
    }
    other = tree.find_element(By.CSS_SELECTOR, "li:not(.lit) > .row").value_of_css_property(
        "background-color"
    )
    assert len(colours) == 1 and other not in colours


def test_failed_tactics_are_shown_on_demand_and_do_nothing(page: webdriver.Chrome) -> None:
    tree = opened_tree(page, PROVED.name)
    assert tree.find_elements(By.CSS_SELECTOR, ".failure") == []
    button = next(
        one
        for one in tree.find_elements(By.CSS_SELECTOR, ".failed-tactics")
        if one.text == "2 failed tactics"
    )
    button.click()
    failures = [one.text for one in tree.find_elements(By.CSS_SELECTOR, ".failure")]
    assert failures == [f"{HOSTILE} tactic error: {IMAGE}", "nonsense parse error: what is this"]
    assert page.title == "mine · run report" and page.find_elements(By.TAG_NAME, "img") == []
    button.click()
    assert not any(one.is_displayed() for one in tree.find_elements(By.CSS_SELECTOR, ".failure"))


def test_a_goal_is_shown_whole_when_it_is_asked_for(page: webdriver.Chrome) -> None:
    tree = opened_tree(page, PROVED.name)
    goal = tree.find_element(By.CSS_SELECTOR, ".goal")
    assert goal.text == "⊢ p ∧ q"
    goal.click()
    assert tree.find_element(By.TAG_NAME, "pre").text == "x : ℕ ⊢ p ∧ q"


def test_hostile_goals_and_names_are_text(page: webdriver.Chrome) -> None:
    name = next(one for one in shown(page) if IMAGE in one)
    tree = opened_tree(page, name)
    assert tree.find_element(By.CSS_SELECTOR, ".goal").text == IMAGE
    assert page.title == "mine · run report" and page.find_elements(By.TAG_NAME, "img") == []


def test_even_a_script_that_got_in_would_not_run(page: webdriver.Chrome) -> None:
    page.execute_script(
        "const made = document.createElement('script'); made.textContent = arguments[0];"
        "document.body.append(made)",
        "document.title = 'owned'",
    )
    assert page.title == "mine · run report"
    (refused,) = page.get_log("browser")
    assert "Content Security Policy" in refused["message"]


def test_the_search_box_filters_by_all_its_words(page: webdriver.Chrome) -> None:
    assert len(shown(page)) == len(EVERYTHING)
    page.find_element(By.ID, "search").send_keys("mathd constructor")
    assert shown(page) == [PROVED.name]
    assert page.find_element(By.ID, "count").text == f"1 of {len(EVERYTHING)} theorems"
    page.find_element(By.ID, "search").send_keys(" nowhere")
    assert shown(page) == []


def test_the_list_is_filtered_by_outcome(page: webdriver.Chrome) -> None:
    page.find_element(By.CSS_SELECTOR, "#outcome option[value=out-of-reach]").click()
    assert shown(page) == ["unread"]
    page.find_element(By.CSS_SELECTOR, "#outcome option[value=canary]").click()
    assert shown(page) == ["canary.untrue"]


def test_the_list_is_sorted_by_a_column_both_ways(page: webdriver.Chrome) -> None:
    column = page.find_element(By.CSS_SELECTOR, "#columns [data-sort=expansions]")
    column.click()
    assert shown(page)[0] == PROVED.name
    column.click()
    assert shown(page)[-1] == PROVED.name


def test_a_link_to_a_theorem_opens_it(page: webdriver.Chrome) -> None:
    link = next(one for one in page.find_elements(By.CSS_SELECTOR, "#slowest a") if one.text == PROVED.name)
    link.click()
    row = theorem(page, PROVED.name)
    WebDriverWait(page, PATIENCE_S).until(lambda _: row.get_attribute("open") is not None)


def test_a_tree_is_opened_with_the_keyboard_alone(page: webdriver.Chrome) -> None:
    page.find_element(By.CSS_SELECTOR, "#columns [data-sort=wall]").send_keys(Keys.TAB)
    first = page.switch_to.active_element
    assert first.tag_name == "summary"
    first.send_keys(Keys.ENTER)
    first.send_keys(Keys.TAB, Keys.TAB)
    button = page.switch_to.active_element
    assert "open-tree" in str(button.get_attribute("class"))
    button.send_keys(Keys.ENTER)
    WebDriverWait(page, PATIENCE_S).until(lambda _: page.find_elements(By.CSS_SELECTOR, ".tree [data-state]"))


@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_is_never_wider_than_the_screen(page: webdriver.Chrome, width: int) -> None:
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        opened_tree(page, PROVED.name)
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_dark_is_dark(page: webdriver.Chrome) -> None:
    colours = []
    for scheme in ("light", "dark"):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        script = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
        colours.append(sum(page.execute_script(script)))
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert colours[0] > 700 and colours[1] < 120
