#!/usr/bin/env python3
"""Kills `lanet dicom node` again and again under a stream of objects and says whether the archive holds every result once.

    tools/kill_node.py LANET [--objects 1000] [--kills 50] [--seed 1]

Needs Orthanc and the wheels of setup/requirements.txt (run it with .venv/bin/python). Figures: docs/reliability.md.
"""
import argparse
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))
from support import killing  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lanet", type=pathlib.Path)
    parser.add_argument("--objects", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lanet_kill_") as folder:
        outcome = killing.run(arguments.lanet.resolve(), folder, arguments.objects, arguments.kills, arguments.seed,
                              say=lambda text: print(text, flush=True))
    print(outcome)


if __name__ == "__main__":
    main()
