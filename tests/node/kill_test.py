"""The node killed by SIGKILL under a stream of objects (tools/kill_node.py is the same, longer)."""
import shutil

import pytest

from support import killing, orthanc
from support.lanet import program


@pytest.mark.skipif(not orthanc.program(), reason="no Orthanc")
def test_nothing_is_lost_and_nothing_comes_twice(tmp_path):
    outcome = killing.run(program(), tmp_path, objects=60, kills=5, limit_s=180)
    assert outcome.kills == 5
    assert outcome.acknowledged == 60 and outcome.reports == 60 and outcome.sources_with_report == 60
    assert outcome.results == outcome.expected >= 120  # a report and a picture each, a segmentation where there is a lesion
    assert outcome.left_over["failed"] == 0 and outcome.left_over["parked"] == 0
    shutil.rmtree(tmp_path, ignore_errors=True)
