"""Damaged DICOM files through the command line, all in one process: a result or one line for each, and no crash.

LANET_DAMAGE=200 makes as many variants of each file (default: as many as a test may take time)."""
import os
import random
import re
import struct
import subprocess
from pathlib import Path

import pytest

LANET = os.environ.get("LANET_PROGRAM", "")
VARIANTS = int(os.environ.get("LANET_DAMAGE", "4"))
ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT.parent / "shared" / "data" / "us_dicom"
SEEDS = ROOT / "fuzz" / "seeds" / "deidentify"


def sources() -> list:
    """All but the long cine, whose frames would cost minutes of prediction."""
    files = sorted((FILES if FILES.is_dir() else SEEDS).glob("*.dcm"))
    return [path for path in files if path.stem != "examples_ybr_color"]


def damaged(content: bytes, draw: random.Random) -> bytes:
    """Cut, flipped or with a length that lies; half of the damage lies in the header, where it matters."""
    kind = draw.randrange(4)
    place = draw.randrange(132, min(len(content), 4000) if draw.random() < 0.5 else len(content))
    if kind == 0:
        return content[:place]
    changed = bytearray(content)
    if kind == 1:
        changed[place] ^= 1 << draw.randrange(8)
    elif kind == 2:
        changed[place - 4 : place] = struct.pack("<I", draw.choice([0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFF, 0x10000, 1, 0]))
    else:
        changed[place - 2 : place] = struct.pack("<H", draw.choice([0xFFFF, 0xFFFE, 0x8000, 1, 0]))
    return bytes(changed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile")
    draw = random.Random(7)
    for source in sources():
        content = source.read_bytes()
        for number in range(VARIANTS):
            (path / f"{source.stem}_{number:03}.dcm").write_bytes(damaged(content, draw))
    return path


def files_of(refused):
    """Refusals of one cause are one line: "... (14 files: ...)"."""
    counts = [re.search(r"\((\d+) files: ", line) for line in refused]
    return sum(int(count[1]) if count else 1 for count in counts)


def run(*arguments):
    done = subprocess.run([LANET, *map(str, arguments)], capture_output=True, text=True, errors="replace", timeout=3000)
    assert done.returncode in (0, 1), (done.returncode, done.stderr[-2000:])
    lines = done.stderr.splitlines()
    start = next((index for index, line in enumerate(lines) if line.endswith("could not be used:")), len(lines))
    refused = lines[start + 1 :]
    assert all(line.startswith("  ") and ".dcm" in line and "needs" in line for line in refused), refused
    return done, refused


@pytest.mark.skipif(not LANET, reason="no program")
def test_deidentify_takes_or_refuses_each(folder, tmp_path):
    done, refused = run("dicom", "deidentify", folder, "--out", tmp_path / "out", "--region", 1, 1, 40, 40, "--json")
    readable = [path for path in folder.iterdir() if path.read_bytes()[128:132] == b"DICM"]
    assert len(done.stdout.splitlines()) == len(readable)
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == len(readable) - files_of(refused)


@pytest.mark.skipif(not LANET, reason="no program")
def test_predict_takes_or_refuses_each(folder, tmp_path):
    done, refused = run("predict", "breast_lite0", folder, "--out", tmp_path / "out", "--no-masks", "--no-overlays")
    readable = [path for path in folder.iterdir() if path.read_bytes()[128:132] == b"DICM"]
    assert len(refused) < len(readable)
    assert (tmp_path / "out" / "findings.csv").exists()
