"""The picture and what lies over it, measured on the screen's pixels."""
import numpy
import pytest
from conftest import Viewer, mask_of

ORANGE = numpy.array([255, 154, 46])


def pure_mask(page, viewer):
    """The mask alone, in its full colour."""
    page.keyboard.press("c")
    viewer.set_range("#opacity", 100)


def seen_mask(viewer, mask, ratio=1):
    """(on the screen, expected) for every pixel of the image whose middle is seen; what corners cover is left out."""
    screen = viewer.pixels()
    scale, left, top = viewer.transform
    height, width = mask.shape
    across = numpy.floor(((numpy.arange(width) + 0.5) * scale + left) * ratio).astype(int)
    down = numpy.floor(((numpy.arange(height) + 0.5) * scale + top) * ratio).astype(int)
    columns = (across >= 0) & (across < screen.shape[1])
    rows = (down >= 40 * ratio) & (down < screen.shape[0] - 40 * ratio)
    colours = screen[down[rows]][:, across[columns]]
    return (abs(colours - ORANGE).max(axis=2) < 8).astype(int), mask[rows][:, columns]


def agree(viewer, mask, ratio=1):
    seen, expected = seen_mask(viewer, mask, ratio)
    assert 0.02 < expected.mean() < 0.98, "lesion and tissue must both be seen"
    assert (seen == expected).mean() > 0.9999
    assert (seen == expected[:, ::-1]).mean() < 0.98, "a mirrored mask would have been noticed"


def test_the_mask_lies_on_the_lesion_fitted_zoomed_and_panned(page, viewer, lesion):
    item, finding = lesion
    mask = mask_of(finding)
    viewer.show(item)
    pure_mask(page, viewer)
    agree(viewer, mask)
    x1, y1, x2, y2 = finding["lesions"][0]["box_xyxy"]
    page.mouse.move(*viewer.on_page(x1, y2))
    page.mouse.wheel(0, -500)
    agree(viewer, mask)
    start = viewer.on_page(x1, y2)
    viewer.drag(start, (start[0] + 37, start[1] - 53), steps=3)
    agree(viewer, mask)


def test_the_mask_lies_on_the_lesion_on_fine_screens(open_page, server, lesion):
    item, finding = lesion
    page = open_page(width=1200, height=700, device_scale_factor=2)
    viewer = Viewer(page, server)
    viewer.show(item)
    pure_mask(page, viewer)
    agree(viewer, mask_of(finding), ratio=2)


def test_the_picture_shows_the_image_and_the_window_changes_it(page, viewer, lesion):
    import io
    import urllib.request

    from PIL import Image

    item, _ = lesion
    viewer.show(item)
    for key in "mc1":  # no mask, no outline, one pixel on one pixel
        page.keyboard.press(key)
    with urllib.request.urlopen(f"{viewer.server.address}/v1/items/{item['id']}/frames/1/image") as answer:
        image = numpy.asarray(Image.open(io.BytesIO(answer.read())).convert("L")).astype(int)
    scale, left, top = viewer.transform
    assert scale == pytest.approx(1) and left % 1 == 0 and top % 1 == 0

    def on_screen():
        return viewer.pixels()[int(top) : int(top) + item["height"], int(left) : int(left) + item["width"], 1]

    assert abs(on_screen() - image).max() <= 1
    viewer.set_range("#window-width", 100)
    viewer.set_range("#window-level", 90)
    expected = numpy.clip((image - 40) / 100 * 255, 0, 255)  # black below 90 - 50
    assert abs(on_screen() - expected).max() <= 1
    page.keyboard.press("i")
    assert abs(on_screen() - (255 - expected)).max() <= 1
    page.get_by_role("button", name="As it is").click()
    assert abs(on_screen() - image).max() <= 1
    page.get_by_role("button", name="Automatic").click()
    assert on_screen().std() > image.std()


def test_the_right_button_changes_contrast_and_brightness(page, viewer, lesion):
    viewer.show(lesion[0])
    middle = viewer.on_page(100, 100)
    viewer.drag(middle, (middle[0] - 60, middle[1] - 40), button="right", steps=4)
    assert page.locator("#window-width").input_value() == "195"
    assert page.locator("#window-level").input_value() in ("147", "148")  # 127.5 + 20


def test_zoom_by_wheel_buttons_and_keys_and_back(page, viewer, lesion):
    viewer.show(lesion[0])
    fitted = viewer.transform
    point = viewer.on_page(60, 50)
    page.mouse.move(*point)
    page.mouse.wheel(0, -400)
    zoomed = viewer.transform
    assert zoomed[0] > 1.5 * fitted[0]
    page.keyboard.press("0")
    assert viewer.transform == fitted
    page.get_by_role("button", name="Zoom in").click()
    assert viewer.transform[0] == pytest.approx(1.25 * fitted[0])
    page.keyboard.press("-")
    assert viewer.transform[0] == pytest.approx(fitted[0])
    page.keyboard.press("1")
    assert viewer.transform[0] == pytest.approx(1)
    page.get_by_role("button", name="Fit the image").click()
    assert viewer.transform == fitted


def test_two_fingers_zoom_about_their_middle(open_page, server, lesion):
    page = open_page(width=400, height=800, has_touch=True)
    viewer = Viewer(page, server)
    viewer.show(lesion[0])
    page.evaluate("() => scrollTo(0, 0)")
    before = viewer.transform
    x, y = viewer.on_page(lesion[0]["width"] / 2, lesion[0]["height"] / 2)
    held = viewer.to_image(x, y)
    touch = page.context.new_cdp_session(page)

    def send(kind, *points):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": px, "y": py, "id": i} for i, (px, py) in enumerate(points)]})

    send("touchStart", (x - 40, y))
    send("touchStart", (x - 40, y), (x + 40, y))
    for apart in range(50, 121, 10):
        send("touchMove", (x - apart, y), (x + apart, y))
    send("touchEnd")
    after = viewer.transform
    assert after[0] == pytest.approx(3 * before[0], rel=0.02)
    assert viewer.to_image(x, y) == pytest.approx(held, abs=3)  # the first steps are held where the image still fits


def test_each_layer_is_switched_by_its_chip_and_its_key(page, viewer, lesion):
    viewer.show(lesion[0])
    for name, key in [("Lesion (model)", "m"), ("Outline", "c"), ("Box", "x"), ("Attention map", "h")]:
        chip = page.get_by_role("button", name=name)
        before, pressed = viewer.pixels(), chip.get_attribute("aria-pressed")
        chip.click()
        page.wait_for_timeout(250 if key == "h" else 0)  # the heat map is fetched
        assert chip.get_attribute("aria-pressed") != pressed
        assert (viewer.pixels() != before).any(), name
        page.keyboard.press(key)
        assert (viewer.pixels() == before).all(), name


def test_the_attention_map_is_bright_where_the_server_says(page, viewer, lesion):
    item, finding = lesion
    viewer.show(item)
    for key in "mc":
        page.keyboard.press(key)
    viewer.set_range("#opacity", 100)
    heat = viewer.server.read(f"v1/items/{item['id']}/frames/1/heat?class={finding['decision']}")
    with page.expect_response("**/heat?**"):
        page.keyboard.press("h")
    viewer.settle()
    x1, y1, x2, y2 = heat["region"]
    values = numpy.array(heat["values"]).reshape(heat["height"], heat["width"])
    screen = viewer.pixels()
    scale, left, top = viewer.transform

    def colour(row, column):
        x = (x1 + (column + 0.5) * (x2 - x1) / heat["width"]) * scale + left
        y = (y1 + (row + 0.5) * (y2 - y1) / heat["height"]) * scale + top
        return screen[int(y), int(x)]

    row, column = numpy.unravel_index(values.argmax(), values.shape)
    expected = numpy.array([253, 231, 37]) if values.max() > 0.99 else None  # the end of the colours
    if expected is not None and 0 < row < heat["height"] - 1:
        assert abs(colour(row, column) - expected).max() < 60
    ends = [colour(*numpy.unravel_index(at, values.shape))[0] for at in (values.argmax(), values.argmin())]
    assert ends[0] > ends[1] + 50


def test_the_ruler_measures_pixels_and_can_be_corrected_and_removed(page, viewer, lesion):
    viewer.show(lesion[0])
    page.keyboard.press("r")
    start, end = viewer.on_page(30, 40), viewer.on_page(90, 120)
    start, end = [tuple(map(round, point)) for point in (start, end)]
    viewer.drag(start, end, steps=3)
    (ax, ay), (bx, by) = viewer.to_image(*start), viewer.to_image(*end)
    length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
    row = page.locator("#measurements li")
    assert abs(float(row.locator("span").inner_text().removesuffix(" px")) - length) < 0.06
    assert "does not say how large a pixel is" in page.locator("#measurements").inner_text()
    viewer.drag(end, (end[0] + 50, end[1]), steps=3)  # the end is grasped, no second line begins
    assert row.count() == 1 and abs(float(row.locator("span").inner_text().removesuffix(" px")) - length) > 1
    page.get_by_role("button", name="Remove measurement 1").click()
    assert row.count() == 0


def test_two_images_are_compared_with_linked_zoom(page, viewer, server, lesion):
    item = lesion[0]
    other = next(known for known in server.items() if known["id"] != item["id"] and known["frames"] == 1)
    viewer.show(item)
    page.locator("#compare").select_option(label=other["name"])
    second = page.locator(".pane").nth(1)
    second.locator(f"text={other['name']}").wait_for()
    fitted = [page.locator(".pane").nth(place).get_attribute("data-scale") for place in (0, 1)]
    page.mouse.move(*viewer.on_page(50, 50))
    page.mouse.wheel(0, -400)
    viewer.settle()
    grown = [float(page.locator(".pane").nth(place).get_attribute("data-scale")) / float(fitted[place]) for place in (0, 1)]
    assert grown[0] > 1.5 and grown[0] == pytest.approx(grown[1])
    page.locator("#compare").select_option(index=0)
    assert second.is_hidden()


def test_the_bare_image_stands_beside_the_marked_one(page, viewer, lesion):
    viewer.show(lesion[0])
    page.locator("#compare").select_option(label="the bare image")
    page.get_by_text("Bare image", exact=True).wait_for()
    viewer.settle()
    left, right = [page.locator(".pane").nth(place).screenshot() for place in (0, 1)]
    assert left != right
    assert page.get_by_role("img", name="The image without any drawing.").count() == 1
