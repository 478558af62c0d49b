#!/usr/bin/env python3
"""Writes the values of tests/golden/golden_test.py anew; see the text at its head.

    LANET_PROGRAM=build/dev/bin/lanet .venv/bin/python tests/golden/update.py [--bits | --new-networks] [JOB ...]
"""
import argparse
import concurrent.futures
import fnmatch
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from golden import cases, compare, formula, machine, measure  # noqa: E402
from golden.golden_test import PROCESSES, folder_for_large_files  # noqa: E402


def write(name, values):
    """One line a value of the first level, so that `git diff` shows which ones changed."""
    lines = [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'), ensure_ascii=False)}" for key, value in values.items()]
    (measure.VALUES / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def write_bits(name, jobs):
    """One line a job."""
    values = measure.read_values(name)
    lines = [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in sorted(jobs.items())]
    text = json.dumps({**values, "jobs": 0}, separators=(",", ":"))
    (measure.VALUES / f"{name}.json").write_text(text.replace('"jobs":0', '\n"jobs":{\n' + ",\n".join(lines) + "\n}") + "\n")


def run_jobs(measurement, names):
    with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
        futures = {name: pool.submit(measurement.run, name) for name in names}
        for name, future in futures.items():
            if future.exception():
                print(f"{name}: {future.exception()}", file=sys.stderr)
        if any(future.exception() for future in futures.values()):
            sys.exit(1)
        return {name: future.result() for name, future in futures.items()}


def store_numbers(outcomes):
    """Writes them; the jobs whose numbers were others before."""
    changed = []
    for kind in sorted({job.split("/")[0] for job in outcomes}):
        values = measure.read_values(kind)
        for job in (job for job in outcomes if job.startswith(f"{kind}/")):
            name = job.split("/")[1]
            if values.get(name) != outcomes[job].numbers:
                changed.append(job)
            values[name] = outcomes[job].numbers
        known = [job.split("/")[1] for job in measure.jobs() if job.startswith(f"{kind}/")]
        write(kind, {name: values[name] for name in known if name in values})
    return changed


def store_bits(outcomes, program):
    name = f"bits_{machine.name(program)}"
    values = measure.read_values(name) or {"machine": machine.identity(program), "jobs": {}}
    jobs = {**values["jobs"], **{job: outcome.bits for job, outcome in outcomes.items()}}
    write(name, values)
    write_bits(name, {job: bits for job, bits in jobs.items() if job in measure.jobs()})


def forget_bits(jobs, program):
    """Of the other machines, whose digests are of other numbers now."""
    for path in measure.VALUES.glob("bits_*.json"):
        if path.stem != f"bits_{machine.name(program)}":
            write_bits(path.stem, {job: bits for job, bits in measure.read_values(path.stem)["jobs"].items() if job not in jobs})


def disagreements(outcomes):
    for job, outcome in outcomes.items():
        kind, name = job.split("/")
        lines = compare.differences(measure.read_values(kind).get(name), outcome.numbers, compare.tolerance_of(job))
        if lines:
            yield f"{job}: {compare.said(lines)}"


def add_networks(measurement):
    """Has every network of cases.py that is not known trained for a moment, and keeps its tensors' names and shapes."""
    stored = measure.read_values("tensors") or {"tensors": [], "networks": {}}
    lines, networks = stored["tensors"], stored["networks"]
    for name in cases.NETWORKS:
        if name in networks:
            continue
        folder = measurement.folder / "new" / name
        folder.mkdir(parents=True)
        data = "three" if cases.NETWORKS[name][1] == 3 else "two"
        run = measurement.train(folder, [*cases.network_settings(name), "stage1.epochs=0", "stage2.epochs=1"], data)
        tensors, _ = formula.read_safetensors(run / "best.safetensors")
        shutil.rmtree(folder)
        ranges = []
        for tensor, array in sorted(tensors.items()):
            line = f"{tensor} {','.join(map(str, array.shape))}"
            if line not in lines:
                lines.append(line)
            place = lines.index(line)
            if ranges and ranges[-1][1] == place:
                ranges[-1][1] += 1
            else:
                ranges.append([place, place + 1])
        networks[name] = ranges
        print(f"{name}: {len(tensors)} tensors", flush=True)
    write("tensors", {"networks": networks, "tensors": lines})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bits", action="store_true", help="only add digests of this machine, where the numbers agree")
    parser.add_argument("--new-networks", action="store_true", help="only add tensors of networks that are new in cases.py")
    parser.add_argument("jobs", nargs="*", default=["*"], help="KIND/NAME, with * for any text (default: all)")
    arguments = parser.parse_args()
    program = os.environ.get("LANET_PROGRAM") or parser.error("LANET_PROGRAM names no lanet")
    names = [job for job in measure.jobs() if any(fnmatch.fnmatch(job, pattern) for pattern in arguments.jobs)]
    with tempfile.TemporaryDirectory(prefix="lanet_golden_", dir=folder_for_large_files()) as folder:
        measurement = measure.Measurement(program, Path(folder))
        if arguments.new_networks:
            add_networks(measurement)
            return 0
        outcomes = run_jobs(measurement, names)
    if arguments.bits:
        wrong = list(disagreements(outcomes))
        if wrong:
            print("\n".join(wrong), file=sys.stderr)
            return 1
    else:
        changed = store_numbers(outcomes)
        forget_bits(changed, program)
        print(f"{len(changed)} of {len(outcomes)} jobs have other numbers than before", *changed, sep="\n  ")
    store_bits(outcomes, program)
    return 0


if __name__ == "__main__":
    sys.exit(main())
