"""The cases of real users, row by row, where they are there (LANET_CASES, or ../shared/cases beside the project)."""
import os
import sys
from pathlib import Path

import pytest

from support.lanet import program

ROOT = Path(__file__).resolve().parents[2]
CASES = Path(os.environ.get("LANET_CASES") or ROOT.parent / "shared" / "cases")
sys.path.insert(0, str(ROOT / "tools"))
import try_cases  # noqa: E402


@pytest.mark.skipif(not (CASES / "01-import-in-place").is_dir(), reason="the cases are not here")
@pytest.mark.parametrize("row", try_cases.ROWS, ids=[f"{case}: {title}" for case, title, _ in try_cases.ROWS])
def test_case(row):
    case = try_cases.Case(CASES.resolve(), os.path.abspath(program()), verbose=True)
    try:
        row[2](case)
    except try_cases.Skipped as skipped:
        pytest.skip(str(skipped))
    except try_cases.Wrong as wrong:
        pytest.fail(str(wrong), pytrace=False)
    finally:
        case.temporary.cleanup()


def test_a_program_that_does_nothing_is_wrong_in_every_row(tmp_path):
    """No row may be right by itself: one that cannot fail says nothing."""
    if not (CASES / "01-import-in-place").is_dir():
        pytest.skip("the cases are not here")
    idle = tmp_path / "idle"
    idle.write_text("#!/bin/sh\nexit 0\n")
    idle.chmod(0o755)
    right = []
    for name, title, function in try_cases.ROWS:
        case = try_cases.Case(CASES.resolve(), str(idle), verbose=False)
        try:
            function(case)
            right.append(f"{name}: {title}")
        except Exception:
            pass
        finally:
            case.temporary.cleanup()
    assert not right, right
