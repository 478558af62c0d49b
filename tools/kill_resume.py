#!/usr/bin/env python3
"""Kills trainings with SIGKILL at random moments, resumes them, and compares what they leave with a run left alone.

    tools/kill_resume.py [--program build/release/bin/lanet] [--kills 50] [--seed 1]

Weights and predictions must be equal to the byte, metrics in every digit (the clock's columns apart). Prints one line a kill
and a table of where they fell. Exit code 1 if any run differs.
"""
import argparse
import collections
import csv
import hashlib
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLOCK = ("seconds", "images_per_second")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def metrics(path):
    with path.open() as file:
        return [{key: value for key, value in row.items() if key not in CLOCK} for row in csv.DictReader(file)]


class Training:
    def __init__(self, program, folder):
        self.program, self.folder, self.run = program, folder, folder / "run"
        self.command = [program, "train", "demo", "--data", str(folder / "data"), "--name", "run"]
        for setting in (f"runs_folder='{folder}'", "input_size=64", "stage1.epochs=3", "stage2.epochs=4",
                        "stage2.average=0.98", "compute.threads=2", "compute.kernels=own"):
            self.command += ["--set", setting]

    def start(self, *more):
        return subprocess.Popen([*self.command, *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def finish(self, *more):
        process = self.start(*more)
        output = process.communicate()[0]
        if process.returncode != 0:
            sys.exit(f"training failed with {process.returncode}:\n{output}")
        return output

    def outcome(self):
        """All that a run is for, and how it may be compared."""
        found = self.folder / "findings"
        shutil.rmtree(found, ignore_errors=True)
        subprocess.run([self.program, "predict", str(self.run / "best.safetensors"), str(ROOT / "sample/Images/bus_0009-l.png"),
                        "--out", str(found), "--threads", "2"], check=True, capture_output=True)
        return {
            "weights": digest(self.run / "best.safetensors"),
            "stage-1 weights": digest(self.run / "stage1_best.safetensors"),
            "metrics": metrics(self.run / "metrics.csv"),
            "predictions": [digest(path) for path in sorted(found.glob("*"))],
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=str(ROOT / "build/release/bin/lanet"))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lanet_kill_"))
    data = str(folder / "data")
    subprocess.run([arguments.program, "data", "import", str(ROOT / "sample"), "--out", data], check=True, capture_output=True)
    subprocess.run([arguments.program, "data", "split", data, "--seed", "1"], check=True, capture_output=True)
    training = Training(arguments.program, folder)
    begin = time.monotonic()
    training.finish()
    whole_seconds = time.monotonic() - begin
    reference = training.outcome()
    print(f"left alone: {whole_seconds:.1f} s, {len(reference['metrics'])} epochs", flush=True)
    where, differing = collections.Counter(), 0
    for number in range(arguments.kills):
        shutil.rmtree(training.run)
        moment = random.uniform(0, whole_seconds)
        process = training.start()
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        output = process.communicate()[0]
        killed = process.returncode == -signal.SIGKILL
        halves = list(training.run.glob(".*.tmp*")) if training.run.exists() else []
        resumed = training.finish("--resume")
        found = re.search(r"resumed after epoch (\d+) of stage (\d)", resumed)
        place = f"after epoch {found[1]} of stage {found[2]}" if found else "before the first checkpoint"
        if not killed:
            place = "finished before the kill"
        elif halves:
            place += ", in the middle of a write"
        where[place] += 1
        outcome = training.outcome()
        wrong = [name for name in reference if outcome[name] != reference[name]]
        differing += bool(wrong)
        print(f"kill {number + 1} at {moment:.2f} s, {place}: {'DIFFERENT: ' + ', '.join(wrong) if wrong else 'equal'}", flush=True)
    for place, count in sorted(where.items()):
        print(f"  {count:3} {place}")
    print(f"{arguments.kills} kills, {differing} runs differ")
    shutil.rmtree(folder)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
