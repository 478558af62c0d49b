"""The description that is served, against what is answered."""
import json
import pathlib

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from support.server import serve
from support.sources import sample_images

DESCRIPTION = pathlib.Path(__file__).resolve().parents[2] / "web" / "openapi.json"
OPERATIONS = [(path, method) for path, operations in json.loads(DESCRIPTION.read_text())["paths"].items() for method in operations]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("openapi")) as running:
        identity = running.keep(sample_images(1)[0])
        assert running.put(f"/v1/items/{identity}/frames/1/label", json={"class": "benign", "mask": None}).status_code == 200
        yield running


@pytest.fixture(scope="module")
def api(server):
    return schemathesis.openapi.from_url(server.address + "/openapi.json")


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path, method", OPERATIONS)
def test_answers_are_as_described(api, path, method, mode):
    @given(case=api[path][method].as_strategy(generation_mode=mode))
    @settings(max_examples=8, deadline=None, derandomize=True, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def check(case):
        # No schema can say that bytes are an image, or that runs fill a mask: what fits the schema may still be refused.
        unfit = [schemathesis.checks.positive_data_acceptance]
        # A form holds bytes alone: on its way a number in place of a file becomes the file "1976". So does a list of one number in an address.
        lists = any(isinstance(value, list) for value in (case.query or {}).values())
        if lists or (case.media_type or "").startswith("multipart"):
            unfit.append(schemathesis.checks.negative_data_rejection)
        case.call_and_validate(timeout=30, excluded_checks=unfit)

    try:
        check()
    except Unsatisfiable:
        pytest.skip("nothing in this operation can be wrong")


def test_good_requests_are_answered_as_described(server, api):
    """Random ids meet nothing: every operation once with one that is there."""
    identity = next(item["id"] for item in server.get("/v1/items").json()["items"] if item["label"])
    job = server.post("/v1/jobs", files=[("file", (path.name, path.read_bytes())) for path in sample_images(3)]).json()["id"]
    known = {"id": identity, "frame": 1}
    tried = 0
    for result in api.get_all_operations():
        operation = result.ok()
        if operation.method.upper() != "GET" or "{name}" in operation.path or "{suite}" in operation.path:
            continue
        parameters = {"id": job} if operation.path.startswith("/v1/jobs/") else known
        names = [name for name in parameters if "{" + name + "}" in operation.path]
        case = operation.Case(path_parameters={name: parameters[name] for name in names})
        answer = case.call(timeout=30)
        assert answer.status_code == 200, operation.path
        case.validate_response(answer)
        tried += 1
    assert tried >= 18
    case = api["/v1/findings"]["POST"].Case(body=sample_images(1)[0].read_bytes(), media_type="application/octet-stream", query={"keep": "true"})
    answer = case.call(timeout=30)
    assert answer.status_code == 200, answer.text
    case.validate_response(answer)
