"""One story: correct in the page, type the commands that it shows, look at the new model in the page."""
import shlex
import subprocess
from pathlib import Path

import pytest
from conftest import WEB, Viewer
from support.lanet import program
from support.server import ROOT, serve

LABELLED = 8  # of each class

TINY = "--set input_size=64 --set stage1.epochs=1 --set stage2.epochs=1 --set stage2.batch_size=4 --set stage1.batch_size=4"


def clear_images(server):
    """The bundled images of which the bundled model is surest, of both classes."""
    items = [item for item in server.items() if item["source"] == "sample"]
    items.sort(key=lambda item: item["probability"])
    return [ROOT / "sample" / "Images" / item["name"] for item in items[:LABELLED] + items[-LABELLED:]]


def label_in_the_page(open_page, server):
    """Confirms all findings, the first one with a painted mask; gives the commands that are shown then."""
    page = open_page(at=server)
    page.locator("#list").press("Home")
    for _ in range(2 * LABELLED):
        with page.expect_response(lambda answer: answer.request.method == "PUT"):
            page.locator("#accept:enabled").wait_for()
            page.keyboard.press("y")
        page.keyboard.press("j")
    viewer = Viewer(page, server)
    page.locator("#list").press("Home")
    page.locator("#save:disabled").wait_for()
    page.locator("#accept:enabled").wait_for()
    page.keyboard.press("b")
    viewer.drag(viewer.on_page(20, 20), viewer.on_page(40, 30))
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        page.keyboard.press("Control+s")
    page.get_by_text(f"Train with your {2 * LABELLED} corrections").click()
    return page.locator(".commands code").all_inner_texts()


def test_what_is_corrected_is_trained_and_served(open_page, server, tmp_path):
    if not Path(program()).with_name("lanet-train").exists():
        pytest.skip("no lanet-train beside lanet: nothing can be trained")
    paths = clear_images(server)
    with serve(tmp_path, "--web", WEB) as server:
        for path in paths:
            server.keep(path)
        commands = label_in_the_page(open_page, server)
    last = commands.pop()
    assert [command.split()[1] for command in commands][-2:] == ["data", "train"] and last.startswith("lanet serve")
    for command in commands:
        words = [program(), *shlex.split(command)[1:], *(TINY.split() if " train " in command else [])]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    with serve(tmp_path, *shlex.split(last)[2:], "--web", WEB) as server:
        server.keep(paths[0])
        page = open_page(at=server)
        trained = next(model for model in server.read("v1/models")["models"] if not model["default"])
        with page.expect_response(lambda answer: "/finding?model=" in answer.url) as answer:
            page.locator("#model").select_option(label=trained["name"])
        probability = next(known["probability"] for known in answer.value.json()["classes"] if known["name"] == "malignant")
        text = page.evaluate("async (share) => (await import('/assets/format.js')).percent(share)", probability)
        page.locator(f".probability strong:text-is('{text}')").wait_for()
        page.get_by_role("link", name="Runs").click()
        run = page.get_by_role("button", name="corrected")
        run.get_by_text("2 of 2 epochs").wait_for()
        assert run.get_by_text("done").is_visible()
