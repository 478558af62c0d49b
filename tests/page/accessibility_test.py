"""For everybody: screen readers, keyboards, small and large screens, both themes."""
import pytest
from conftest import Viewer

axe = pytest.importorskip("axe_playwright_python.sync_playwright")


def violations(page):
    found = axe.Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page, server, scheme):
    page = open_page(introduced=False, color_scheme=scheme, bypass_csp=True)
    assert violations(page) == []
    doubtful = next(item for item in server.items() if item["doubts"])
    Viewer(page, server).show(doubtful)
    page.keyboard.press("b")
    for summary in page.locator("details summary").all():
        summary.click()
    page.locator("#compare").select_option(label="the bare image")
    page.get_by_text("Bare image", exact=True).wait_for()
    assert violations(page) == []
    page.keyboard.press("?")
    assert violations(page) == []
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="About it").click()
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_phone_and_in_runs(open_page, server, scheme):
    page = open_page(width=360, height=740, color_scheme=scheme, has_touch=True, bypass_csp=True)
    assert violations(page) == []
    page.get_by_role("link", name="Runs").click()
    page.get_by_role("heading", name="Machine").wait_for()
    assert violations(page) == []


def test_no_width_needs_scrolling_sideways(open_page, server):
    page = open_page()
    cine = next((item for item in server.items() if item["frames"] > 1), None)
    if cine:
        Viewer(page, server).show(cine)
    page.keyboard.press("b")
    for width in (320, 360, 480, 600, 720, 721, 768, 900, 1024, 1180, 1181, 1280, 1440, 1600):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("() => document.documentElement.scrollWidth") == width
        cut = page.evaluate("""() => [...document.querySelectorAll('button, select, input, .research')]
          .filter(e => e.offsetParent && !e.closest('.list') && (e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < 0))
          .map(e => e.id || e.textContent)""")
        assert cut == [], width
        assert page.get_by_text("Research use only").first.is_visible()


def test_fingers_find_their_targets(open_page):
    page = open_page(width=360, height=740, has_touch=True, is_mobile=True)
    small = page.evaluate("""() => [...document.querySelectorAll('button, select, a[href]:not(.skip), input[type=range]')]
      .filter(e => e.offsetParent).map(e => [e.id || e.textContent.trim(), e.closest('[role=radiogroup]') ? e.closest('[role=radiogroup]') : e])
      .map(([name, e]) => [name, e.getBoundingClientRect().height]).filter(([, height]) => height < 43.5)""")
    assert small == []


def test_screen_readers_are_told_what_is_seen(page, server, lesion):
    item, finding = lesion
    Viewer(page, server).show(item)
    picture = page.get_by_role("application", name="Ultrasound image").get_by_role("img")
    told = picture.get_attribute("aria-label")
    assert item["name"] in told and finding["decision"] in told and "1 lesion" in told and "of the image" in told
    assert page.locator("#live").inner_text() == told
    for role, name in [("listbox", "Images"), ("toolbar", "Tools"), ("radiogroup", "What dragging does"), ("combobox", "Model"), ("group", "Layers"), ("radiogroup", "Truth")]:
        assert page.get_by_role(role, name=name).count() == 1, name
    nameless = page.evaluate("""() => [...document.querySelectorAll('button, select, input')]
      .filter(e => e.offsetParent && !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length)).map(e => e.outerHTML)""")
    assert nameless == []


def test_the_tab_key_goes_through_the_page_in_its_order(page):
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("() => document.activeElement.id || document.activeElement.className"))
    marks = ["nav-images", "help", "open-images", "list", "zoom-in", "pane", "accept", "opacity", "download-view"]
    places = [next(place for place, name in enumerate(seen) if name == mark) for mark in marks]
    assert places == sorted(places)


def test_the_help_names_the_keys_and_letters_can_be_switched_off(page):
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Help")
    assert "next image" in dialog.inner_text() and "Research use only" in dialog.inner_text()
    dialog.get_by_label("Single letters are shortcuts").uncheck()
    page.keyboard.press("Escape")
    assert dialog.is_hidden()
    page.keyboard.press("b")
    assert page.get_by_role("radio", name="Move").get_attribute("aria-checked") == "true"


def test_the_theme_is_switched_and_stays(open_page):
    page = open_page(color_scheme="light")
    ground = "() => getComputedStyle(document.body.parentElement).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark or light").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    page.keyboard.press("d")
    assert page.evaluate(ground) == light


def test_who_is_here_first_is_told_what_is_seen(open_page):
    page = open_page(introduced=False)
    card = page.locator("#intro")
    assert "Orange is where the model sees a lesion" in card.inner_text()
    page.get_by_role("button", name="Got it").click()
    assert card.is_hidden()


def test_the_first_seconds_are_calm(open_page):
    page = open_page(introduced=False)
    page.wait_for_timeout(300)
    shift = page.evaluate("""() => new Promise((resolve) => {
      let sum = 0;
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => (sum += entry.value))).observe({type: 'layout-shift', buffered: true});
      setTimeout(() => resolve(sum), 100);
    })""")
    assert shift < 0.02
