"""The suite `quick` on the bundled sample, and its page on the screen of a telephone."""
import os
import pathlib
import shutil
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PHONE = 400  # px


def lanet(*arguments):
    program = os.environ.get("LANET_PROGRAM")
    if not program or not (pathlib.Path(program).parent / "lanet-train").exists():
        pytest.skip("no lanet with LibTorch in LANET_PROGRAM")
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=900)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quick")
    lanet("data", "import", SOURCE / "sample", "--out", folder / "data")
    lanet("data", "split", folder / "data", "--val", "0.2", "--test", "0.25")
    lanet("experiment", "quick", "--data", folder / "data", "--out", folder / "out")
    return folder


def test_everything_is_there_and_nothing_is_trained_twice(suite):
    names = {path.name.split(".")[0] for path in (suite / "out/quick/figures").iterdir()}
    assert len(names) == 3  # bars, reliability, decision curve
    for name in names:
        assert {path.suffix for path in (suite / "out/quick/figures").glob(f"{name}.*")} == {".svg", ".png", ".csv"}
    for name in ("quick", "quick_comparisons", "quick_calibration"):
        assert {path.suffix for path in (suite / "out/quick/tables").glob(f"{name}.*")} == {".md", ".csv", ".tex"}
    again = lanet("experiment", "quick", "--data", suite / "data", "--out", suite / "out")
    assert "4 of 4 cells done, 0 failed" in again
    changed = lanet("experiment", "quick", "--data", suite / "data", "--out", suite / "out", "--dry-run", "--set", "stage2.epochs=3")
    assert "note: 4 finished cells" in changed and "other settings" in changed and "4 to do" in changed


def test_the_page_is_whole_and_fits_a_telephone(suite):
    playwright = pytest.importorskip("playwright.sync_api")
    browser_path = shutil.which("chromium")
    if not browser_path:
        pytest.skip("no chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": PHONE, "height": 800})
            asked = []
            page.on("request", lambda request: asked.append(request.url))
            page.goto((suite / "out/quick/report.html").as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
            assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
            # Pictures and text end within the screen; tables, which may be wider, scroll in a box of their own.
            wide = page.evaluate("""[...document.querySelectorAll('p, li, h1, h2, figure, figcaption, svg')]
                .filter(element => !element.closest('.scroll') && element.getBoundingClientRect().right > innerWidth).length""")
            assert wide == 0
            text = page.inner_text("body")
            for words in ("Quick look", "What holds", "patients or clusters", "4 trainings"):
                assert words in text
        finally:
            browser.close()
