"""`lanet export` and `lanet quantize --out` never replace a file that lanet did not write, nor each other's."""
import shutil

import pytest

from support.lanet import lanet
from support.sources import ROOT


@pytest.fixture
def model(tmp_path):
    return shutil.copy(ROOT / "models" / "breast_lite0.safetensors", tmp_path / "mine.safetensors")


def test_every_format_has_a_name_of_its_own(model, tmp_path):
    printed = {form: lanet("export", model, "--format", form).stdout.strip() for form in ("onnx", "onnx-int8", "compact")}
    assert len(set(printed.values())) == 3
    assert printed["onnx"].endswith("mine.onnx") and printed["onnx-int8"].endswith("mine.int8.onnx")
    first = (tmp_path / "mine.onnx").read_bytes()
    assert first != (tmp_path / "mine.int8.onnx").read_bytes()
    lanet("export", model)  # what lanet wrote, lanet may write again
    assert (tmp_path / "mine.onnx").read_bytes() == first


@pytest.mark.parametrize("command", [["export"], ["quantize", "--data", "."]])
def test_a_file_of_the_user_stays(model, tmp_path, command):
    target = tmp_path / "other.onnx"
    target.write_text("mine")
    result = lanet(command[0], model, *command[1:], "--out", target, expect=1)
    assert "other.onnx" in result.stderr and "--overwrite" in result.stderr
    assert target.read_text() == "mine"


def test_overwrite_replaces(model, tmp_path):
    (tmp_path / "other.onnx").write_text("mine")
    lanet("export", model, "--out", tmp_path / "other.onnx", "--overwrite")
    assert (tmp_path / "other.onnx").stat().st_size > 1_000_000
