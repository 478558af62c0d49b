"""A server with the samples, a browser, and pages that must not complain."""
import shutil
import time

import numpy
import pytest
from support.server import ROOT, serve

playwright = pytest.importorskip("playwright.sync_api")

WEB = ROOT / "web"


@pytest.fixture(scope="session")
def browser():
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("server"), "--web", WEB, sample=True) as server:
        wait_for_samples(server)
        yield server


def wait_for_samples(server, seconds=60):
    for _ in range(seconds * 5):
        items = server.items()
        if items and all(item["state"] != "waiting" for item in items):
            return
        time.sleep(0.2)
    raise AssertionError("the samples were not looked at in time")


@pytest.fixture
def open_page(browser, server):
    """Opens the page in a new context, as `open_page(width=…, …)`; at the end nothing may have been refused or asked elsewhere."""
    contexts, complaints = [], []

    def open_(width=1440, height=900, hash="", at=None, introduced=True, expected=(), **options):
        address = (at or server).address
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        if introduced:
            context.add_init_script("localStorage.setItem('lanet.intro_read', 'yes')")
        page = context.new_page()
        page.set_default_timeout(10000)

        def complain(text):
            if not any(part in text for part in expected):
                complaints.append(text)

        page.on("pageerror", lambda error: complain(f"error: {error}"))
        page.on("console", lambda said: complain(f"console: {said.text}") if said.type == "error" else None)
        page.on("request", lambda request: None if request.url.startswith((address, "blob:")) else complain(f"asked {request.url}"))
        page.goto(f"{address}/{hash}")
        if hash != "#runs":
            page.wait_for_selector("html:not(.loading)", state="attached")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_page):
    return open_page()


class Viewer:
    """What the tests ask of the viewer in a page."""

    def __init__(self, page, server):
        self.page = page
        self.server = server
        self.pane = page.locator(".pane").first

    def show(self, item):
        """Chooses an item of the list by its id, and waits until it is seen."""
        self.page.locator(f"#row-{item['id']}").click()
        self.page.locator(f".pane >> nth=0 >> text={item['name']}").wait_for()
        self.page.wait_for_selector(f"#row-{item['id']}[aria-selected=true]")
        self.settle()

    def settle(self):
        """Waits until nothing is drawn any more."""
        self.page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(r, 60))))")

    @property
    def transform(self):
        """(scale, x, y): pane = image * scale + (x, y), in CSS pixels."""
        self.settle()
        return self.page.evaluate("() => ['scale', 'x', 'y'].map(k => Number(document.querySelector('.pane').dataset[k]))")

    def on_page(self, x, y):
        """A point of the image as a point of the page."""
        scale, left, top = self.transform
        box = self.pane.bounding_box()
        return box["x"] + left + x * scale, box["y"] + top + y * scale

    def to_image(self, page_x, page_y):
        scale, left, top = self.transform
        box = self.pane.bounding_box()
        return (page_x - box["x"] - left) / scale, (page_y - box["y"] - top) / scale

    def drag(self, start, end, button="left", steps=1):
        """Drags between two points of the page."""
        self.page.mouse.move(*start)
        self.page.mouse.down(button=button)
        self.page.mouse.move(*end, steps=steps)
        self.page.mouse.up(button=button)
        self.settle()

    def pixels(self):
        """The pane as it is seen: [height, width, 3]."""
        import io

        from PIL import Image

        self.page.mouse.move(2, 2)
        self.settle()
        return numpy.asarray(Image.open(io.BytesIO(self.pane.screenshot())).convert("RGB")).astype(int)

    def set_range(self, selector, value):
        self.page.locator(selector).evaluate(
            "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', {bubbles: true})); }", value
        )
        self.settle()


@pytest.fixture
def viewer(page, server):
    return Viewer(page, server)


def mask_of(finding):
    """[height, width] of 0 and 1, from COCO's uncompressed run lengths."""
    height, width = finding["mask"]["size"]
    counts = numpy.array(finding["mask"]["counts"])
    inside = numpy.arange(len(counts)) % 2
    return numpy.repeat(inside, counts).reshape(width, height).T


@pytest.fixture
def lesion(server):
    """An item of the samples whose one lesion is asymmetrical and well inside: (item, finding)."""
    for item in server.items():
        if item["source"] != "sample" or item["frames"] != 1 or item["lesions"] != 1:
            continue
        finding = server.read(f"v1/items/{item['id']}/frames/1/finding")
        mask = mask_of(finding)
        overlap = [(mask & other).sum() / (mask | other).sum() for other in (mask[::-1], mask[:, ::-1], mask[::-1, ::-1])]
        if mask.sum() > 2000 and max(overlap) < 0.7:
            return item, finding
    pytest.fail("no sample with an asymmetrical lesion")
