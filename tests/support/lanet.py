"""The program under test, $LANET_PROGRAM."""
import os
import subprocess

import pytest


def program():
    path = os.environ.get("LANET_PROGRAM")
    if not path:
        pytest.skip("LANET_PROGRAM names no lanet")
    return path


def lanet(*arguments, expect=0, timeout=120):
    """Runs `lanet ARGUMENTS`; returns the finished process with its text output."""
    result = subprocess.run([program(), *map(str, arguments)], capture_output=True, text=True, timeout=timeout)
    assert result.returncode == expect, result.stdout + result.stderr
    return result
