"""Bringing images in, finding them again, taking results out, and what happens when something goes wrong."""
import csv
import io
import json
import zipfile

import pytest
from conftest import WEB, Viewer
from support.ports import free_port
from support.server import ROOT, serve

SAMPLE = sorted((ROOT / "sample" / "Images").glob("*.png"))


def rows(page):
    return page.locator("#list .row")


def names(page):
    return page.locator("#list .row-name").all_inner_texts()


def remove_uploads(server):
    for item in server.items():
        if item["source"] != "sample":
            server.remove(item["id"])


@pytest.fixture
def clean(server):
    yield
    remove_uploads(server)


def test_the_list_is_ordered_and_filtered(page, server):
    items = {item["name"]: item for item in server.items()}
    order = page.locator("#sort")
    for choice, key in [("most suspicious", "probability"), ("least certain", "uncertainty")]:
        order.select_option(label=choice)
        values = [items[name][key] for name in names(page)]
        assert values == sorted(values, reverse=True) and len(values) == len(items)
    order.select_option(label="name")
    assert names(page)[0] == min(items, key=str.lower)
    page.locator("#filter").select_option(label="positive decisions")
    assert {items[name]["decision"] for name in names(page)} == {"malignant"}
    page.locator("#filter").select_option(label="with doubts")
    assert all(items[name]["doubts"] for name in names(page))
    assert page.locator("#list-count").inner_text() == f"{rows(page).count()} of {len(items)} images"


def test_chosen_files_are_looked_at_and_what_is_none_is_told(open_page, clean, tmp_path):
    page = open_page(expected=("status of 4",))
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture at all")
    before = rows(page).count()
    page.locator("#file-input").set_input_files([SAMPLE[3], broken, SAMPLE[4]])
    page.locator(".upload-status").get_by_text("2 images done, 1 not.").wait_for()
    assert "broken.png" in page.locator(".problems").inner_text()
    assert rows(page).count() == before + 2
    assert page.locator("#list .row[aria-selected=true] .row-name").inner_text() in (SAMPLE[3].name, SAMPLE[4].name)


def test_files_are_dropped_anywhere(page, clean):
    before = rows(page).count()
    page.evaluate("""async () => {
      const blob = await (await fetch('/v1/items/' + document.querySelector('.row').dataset.id + '/frames/1/image')).blob();
      const transfer = new DataTransfer();
      transfer.items.add(new File([blob], 'dropped.png', {type: 'image/png'}));
      const event = (name) => document.body.dispatchEvent(new DragEvent(name, {bubbles: true, cancelable: true, dataTransfer: transfer}));
      event('dragenter');
      window.shaded = !document.getElementById('drop').hidden;
      event('drop');
    }""")
    assert page.evaluate("() => window.shaded")
    page.get_by_role("option", name="dropped.png").wait_for()
    assert rows(page).count() == before + 1
    assert page.locator("#drop").is_hidden()


def test_an_archive_becomes_its_images(page, clean, tmp_path):
    archive = tmp_path / "scans.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for path in SAMPLE[5:7]:
            made.write(path, f"folder/{path.name}")
    before = rows(page).count()
    page.locator("#file-input").set_input_files(archive)
    page.locator(".upload-status").get_by_text("done").wait_for()
    assert rows(page).count() == before + 2


def test_the_list_is_walked_with_keys(page):
    page.locator("#list").focus()
    for key, place in [("Home", 0), ("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("End", -1)]:
        page.keyboard.press(key)
        chosen = rows(page).all()[place]
        assert chosen.get_attribute("aria-selected") == "true"
        assert page.locator("#list").get_attribute("aria-activedescendant") == chosen.get_attribute("id")


def saved(page, button):
    with page.expect_download() as download:
        page.locator(button).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_files_of_an_image_and_of_all_are_saved(page, server, lesion):
    from PIL import Image

    item, finding = lesion
    Viewer(page, server).show(item)
    assert json.loads(saved(page, "#download-json")[1])["decision"] == finding["decision"]
    for button in ("#download-mask", "#download-overlay", "#download-view"):
        name, content = saved(page, button)
        picture = Image.open(io.BytesIO(content))
        assert name.endswith(".png") and (button == "#download-view" or picture.size == (item["width"], item["height"]))
    table = list(csv.DictReader(io.StringIO(saved(page, "#download-all-csv")[1].decode())))
    assert len(table) >= rows(page).count() > 1
    page.locator("#filter").select_option(label="positive decisions")
    shorter = list(csv.DictReader(io.StringIO(saved(page, "#download-all-csv")[1].decode())))
    assert len(shorter) == rows(page).count() < len(table)
    assert zipfile.ZipFile(io.BytesIO(saved(page, "#download-all-zip")[1])).namelist()
    assert page.locator("#download-seg").is_disabled()  # not of a PNG


def test_an_image_is_removed_with_the_delete_key(page, clean, server):
    server.keep(SAMPLE[8], "away.png")
    page.reload()
    row = page.get_by_role("option", name="away.png")
    row.click()
    page.locator("#list").focus()
    page.keyboard.press("Delete")
    row.wait_for(state="detached")
    assert "away.png" not in [item["name"] for item in server.items()]


def test_a_server_that_goes_away_is_told_and_comes_back(open_page, tmp_path):
    port = free_port()
    expected = ("Failed to load resource",)
    with serve(tmp_path, "--web", WEB, port=port) as first:
        first.keep(SAMPLE[0])
        page = open_page(at=first, expected=expected)
        page.locator("#list .row").first.wait_for()
    page.evaluate("() => fetch('v1/health').catch(() => {})")
    page.keyboard.press("n")
    page.get_by_role("alert").get_by_text("The server does not answer").wait_for()
    with serve(tmp_path, "--web", WEB, port=port):
        page.get_by_role("alert").wait_for(state="hidden", timeout=20000)
        page.get_by_text("No image yet").wait_for()


def test_a_token_is_asked_for_and_taken(open_page, tmp_path):
    with serve(tmp_path, "--web", WEB, "--token", "a-secret-of-some-length") as server_:
        page = open_page(at=server_, hash="#runs", expected=("401",))
        page.get_by_role("textbox", name="Token").fill("a-secret-of-some-length")
        page.get_by_role("button", name="Go on").click()
        page.goto(f"{server_.address}/#images")
        page.get_by_text("No image yet").wait_for()
        page.get_by_role("combobox", name="Model").get_by_text("breast_lite0").wait_for(state="attached")


def test_the_printed_link_brings_the_token(open_page, tmp_path):
    with serve(tmp_path, "--web", WEB, "--token", "a-secret/with+signs") as server_:
        page = open_page(at=server_, hash="#token=a-secret%2Fwith%2Bsigns")
        page.get_by_text("No image yet").wait_for()
        page.get_by_role("combobox", name="Model").get_by_text("breast_lite0").wait_for(state="attached")
        assert "token" not in page.evaluate("() => location.href")
        assert page.get_by_role("textbox", name="Token").count() == 0
