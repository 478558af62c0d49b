"""The page of trainings, on run folders that lie there, and on one that grows."""
import json

import pytest
from conftest import WEB
from support.server import serve

COLUMNS = "stage,epoch,train_loss,train_class_loss,train_location_loss,train_pseudo_loss,val_loss,val_class_loss,val_location_loss,val_accuracy,val_auc,val_jsi,learning_rate,seconds,images_per_second"


def write_run(folder, epochs):
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"2,{epoch},{2 / epoch},1,.5,,{2.2 / epoch},1,.6,{.5 + epoch / 50},{.6 + epoch / 50},.3,.001,4.5,30" for epoch in range(1, epochs + 1)]
    (folder / "metrics.csv").write_text("\n".join([COLUMNS, *rows]) + "\n")
    (folder / "record.json").write_text(json.dumps({"format": "lanet-record", "started": "2026-01-02T03:04:05Z", "finished": None}))
    (folder / "settings.toml").write_text("[stage1]\nepochs = 2\n[stage2]\nepochs = 10\n")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    write_run(folder / "runs" / "first", 4)
    write_run(folder / "runs" / "second", 6)
    (folder / "runs" / "second" / "report.html").write_text("<!doctype html><title>Report</title><p>the report of second")
    with serve(folder, "--web", WEB) as server:
        yield server


def test_curves_grow_while_a_training_runs(open_page, runs):
    page = open_page(at=runs, hash="#runs")
    page.get_by_role("button", name="first").click()
    loss = page.locator("figure", has=page.get_by_role("heading", name="Loss", exact=True))
    loss.get_by_text("Last: train loss 0.5,").wait_for()  # 2 / 4
    assert loss.locator("canvas").count() == 1
    assert page.locator("figure").count() == 6
    write_run(runs.folder / "runs" / "first", 5)
    loss.get_by_text("Last: train loss 0.4,").wait_for()  # 2 / 5
    page.get_by_text("All figures as a table (5 epochs)").click()
    assert page.locator("details tbody tr").count() == 5


def test_the_report_is_a_link_that_opens(open_page, runs):
    page = open_page(at=runs, hash="#runs")
    page.get_by_role("button", name="second").click()
    with page.context.expect_page() as report:
        page.get_by_role("link", name="Report of second").click()
    assert "the report of second" in report.value.locator("body").inner_text()


def test_the_machine_is_shown_and_nothing_is_asked_while_it_is_not_seen(open_page, runs):
    page = open_page(at=runs, hash="#runs")
    machine = page.get_by_role("region", name="Machine")
    for word in ("Processor", "Memory", "Disk free"):
        machine.get_by_text(word, exact=True).wait_for()
    page.get_by_role("link", name="Images").click()
    page.wait_for_timeout(300)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/system" in request.url else None)
    page.wait_for_timeout(2500)
    assert asked == []
