"""The page with a model that knows normal images."""
import pytest
from conftest import WEB
from support.normal_model import write_model_with_normal
from support.server import serve
from support.sources import sample_images


@pytest.fixture(scope="module")
def normal_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("normal")
    model = write_model_with_normal(folder / "three.safetensors", 20, lesion_threshold="0.25")
    with serve(folder, "--web", WEB, "--model", model) as server:
        server.keep(sample_images(1)[0])
        yield server


def test_the_page_says_that_no_lesion_was_found(open_page, normal_server):
    page = open_page(at=normal_server)
    item = normal_server.items()[0]
    page.locator(f"#row-{item['id']}").click()
    panel = page.locator("#finding")
    panel.locator("text=The model says: normal, no lesion found").wait_for()
    assert panel.locator("text=No lesion found in this image.").count() == 1
    assert panel.locator(".bars tr").count() == 3
    panel.locator("summary").click()
    rule = panel.locator("details p").last.inner_text()
    assert "A lesion is said to be there from 25" in rule and "decides for malignant where it has 50" in rule
    page.locator("#about-model").click()
    card = page.locator("#model-dialog").inner_text()
    assert "Says that there is a lesion" in card and "from 25" in card and "among lesions" in card
