"""Correcting: what was painted is what is saved."""
import numpy
import pytest
from conftest import Viewer, mask_of
from support.server import ROOT, serve

WEB = ROOT / "web"


@pytest.fixture
def fresh(server, open_page):
    """An image of its own for each test, and the page that looks at it: (page, viewer, item)."""
    path = sorted((ROOT / "sample" / "Images").glob("*.png"))[1]
    item = server.wait_done(server.keep(path))
    page = open_page()
    viewer = Viewer(page, server)
    viewer.show(item)
    yield page, viewer, item
    if server.read(f"v1/items/{item['id']}")["label"]:  # it would come back with the same image
        server.delete(f"v1/items/{item['id']}/frames/1/label")
    server.remove(item["id"])


def saved_label(server, item):
    return server.read(f"v1/items/{item['id']}/frames/1/label")


def capsule(shape, a, b, size):
    """Pixels whose middle is within half of `size` of the line from a to b."""
    rows, columns = numpy.mgrid[: shape[0], : shape[1]] + 0.5
    dx, dy = b[0] - a[0], b[1] - a[1]
    along = numpy.clip(((columns - a[0]) * dx + (rows - a[1]) * dy) / max(dx * dx + dy * dy, 1e-12), 0, 1)
    return numpy.hypot(columns - a[0] - along * dx, rows - a[1] - along * dy) <= size / 2


def paint(viewer, start, end):
    """Drags between two points of the image; gives the points that were met."""
    points = [tuple(map(round, viewer.on_page(*point))) for point in (start, end)]
    viewer.drag(*points)
    return [viewer.to_image(*point) for point in points]


def save(page):
    with page.expect_response(lambda answer: answer.request.method == "PUT") as answer:
        page.get_by_role("button", name="Save correction").click()
    assert answer.value.status == 200


def test_what_is_painted_and_erased_is_saved(fresh, server):
    page, viewer, item = fresh
    before = mask_of(server.read(f"v1/items/{item['id']}/frames/1/finding"))
    page.keyboard.press("b")
    added = paint(viewer, (30, 200), (90, 240))
    page.keyboard.press("e")
    page.keyboard.press("]")  # 12 -> 16
    erased = paint(viewer, (120, 90), (150, 100))
    page.get_by_role("radio", name="Malignant").click()
    save(page)
    label = saved_label(server, item)
    expected = before.astype(bool) | capsule(before.shape, *added, 12)
    expected &= ~capsule(before.shape, *erased, 16)
    saved = mask_of(label).astype(bool)
    assert label["class"] == "malignant"
    assert (saved != expected).sum() <= 2  # the pixel on the very edge of the brush
    assert saved.sum() != before.sum()
    assert server.read(f"v1/items/{item['id']}")["label"]["class"] == "malignant"
    assert page.locator(f"#row-{item['id']}").get_by_text("corrected").count() == 1


def test_undo_and_redo_by_key_and_button(fresh):
    page, viewer, _ = fresh
    page.keyboard.press("b")
    empty = viewer.pixels()
    paint(viewer, (30, 200), (90, 240))
    painted = viewer.pixels()
    assert (painted != empty).any()
    page.keyboard.press("Control+z")
    assert page.locator("#undo").is_disabled()
    undone = viewer.pixels()
    page.keyboard.press("Control+Shift+z")
    assert (viewer.pixels() == painted).all()
    page.get_by_role("button", name="Undo").click()
    assert (viewer.pixels() == undone).all()
    page.get_by_role("button", name="Redo").click()
    assert (viewer.pixels() == painted).all()


def test_a_painted_ring_is_filled(fresh, server):
    page, viewer, item = fresh
    page.get_by_role("button", name="Correct mask").click()
    page.get_by_role("button", name="Clear mask").click()
    corners = [(60, 200), (120, 200), (120, 250), (60, 250), (60, 200)]
    for start, end in zip(corners, corners[1:]):
        paint(viewer, start, end)
    page.get_by_role("radio", name="Fill").click()
    page.mouse.click(*viewer.on_page(90, 225))
    page.mouse.click(*viewer.on_page(200, 100))  # not enclosed: refused with a sentence
    assert page.get_by_text("Nothing to fill here").first.is_visible()
    save(page)
    mask = mask_of(saved_label(server, item))
    assert mask[225, 90] == 1 and mask[100, 200] == 0
    assert 60 * 50 < mask.sum() < 75 * 65


def test_a_draft_stays_while_one_looks_at_others_and_can_be_discarded(fresh):
    page, viewer, item = fresh
    page.keyboard.press("b")
    paint(viewer, (30, 200), (90, 240))
    row = page.locator(f"#row-{item['id']}")
    assert row.get_by_text("not saved").count() == 1
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.wait_for_selector(f"#row-{item['id']}[aria-selected=true]")
    assert "Will be saved" in page.locator("#will-save").inner_text()
    page.get_by_role("button", name="Discard").click()
    assert row.get_by_text("not saved").count() == 0


def test_one_key_says_that_the_finding_is_right(fresh, server):
    page, _, item = fresh
    finding = server.read(f"v1/items/{item['id']}/frames/1/finding")
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        page.keyboard.press("y")
    label = saved_label(server, item)
    assert label["class"] == finding["decision"] and (mask_of(label) == mask_of(finding)).all()
    page.get_by_role("button", name="Take out").click()
    page.get_by_role("button", name="Take out").wait_for(state="detached")
    assert server.read(f"v1/items/{item['id']}")["label"] is None


def test_nothing_is_painted_or_confirmed_before_the_image_is_there(fresh, server):
    page, viewer, item = fresh
    other = next(known for known in server.items()[::-1] if known["id"] != item["id"])
    held, sent = [], []
    page.route(lambda address: f"{other['id']}/frames/1/finding" in address, lambda route: held.append(route))
    page.on("request", lambda request: sent.append(request) if request.method == "PUT" else None)
    page.keyboard.press("b")
    page.locator("#list").press("End")
    page.wait_for_selector(f"#row-{other['id']}[aria-selected=true]")
    page.keyboard.press("y")
    viewer.drag(viewer.on_page(60, 60), viewer.on_page(100, 100))
    assert page.get_by_role("button", name="Yes, it is right").is_disabled()
    assert page.get_by_text("not saved").count() == 0 and sent == []
    held[0].continue_()
    page.locator(".pane >> nth=0 >> text=" + other["name"]).wait_for()
    viewer.drag(viewer.on_page(60, 60), viewer.on_page(100, 100))
    assert page.get_by_text("not saved").count() == 1


def test_a_normal_image_is_saved_without_lesion(fresh, server):
    page, _, item = fresh
    page.get_by_role("radio", name="Normal").click()
    save(page)
    label = saved_label(server, item)
    assert label["class"] == "normal"
    assert label["mask"] is None or mask_of(label).sum() == 0


def test_the_keyboard_alone_corrects_and_saves(fresh, server):
    page, viewer, item = fresh
    page.keyboard.press("b")
    page.get_by_role("button", name="Clear mask").press("Enter")
    viewer.pane.focus()
    page.keyboard.press("Enter")  # the brush goes down in the middle
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="Not known").focus()
    page.keyboard.press("ArrowLeft")  # normal
    page.keyboard.press("ArrowLeft")  # malignant
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        page.keyboard.press("Control+s")
    label = saved_label(server, item)
    mask = mask_of(label)
    middle = (item["width"] // 2 + 0.5, item["height"] // 2 + 0.5)
    expected = capsule(mask.shape, middle, (middle[0] + 30, middle[1]), 12)
    assert label["class"] == "malignant" and (mask != expected).sum() == 0


def test_the_next_to_label_is_the_least_certain(fresh, server):
    page, _, _ = fresh
    expected = [known for known in server.read("v1/suggestions?count=5")["items"]]
    page.keyboard.press("n")
    page.wait_for_selector(f"#row-{expected[0]}[aria-selected=true]")
    names = page.locator(".suggestions button").all_inner_texts()
    assert 0 < len(names) <= 5
