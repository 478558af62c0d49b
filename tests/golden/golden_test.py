"""What the program computes is what it computed when the values were stored: findings, cines, an evaluation, every network
as a graph, trainings of every head and objective, and files that an earlier version wrote.

Numbers are compared on every machine, within the tolerances of compare.py. Where digests of this machine are stored
(values/bits_NAME.json, NAME as machine.py makes it of processor and libraries), every output is the same bit for bit, too; elsewhere
these tests are skipped. Whoever means to change a number runs

    LANET_PROGRAM=build/dev/bin/lanet .venv/bin/python tests/golden/update.py [JOB ...]

which writes the values of all jobs or of those named ("training/objective_dice", "finding/*"), and looks at what `git diff` then
shows; digests of other machines are dropped for jobs whose numbers changed. `--bits` adds the digests of a further machine once all
numbers agree. Files of an earlier version (values/earlier_version.json, values/tensors.json, values/settings.toml) are never written
anew, because lanet has to read them as they are; `--new-networks` adds tensors of networks that are new in cases.py.
"""
import concurrent.futures
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from golden import compare, machine, measure
from support.lanet import program

PROCESSES = 2
SHARED_MEMORY = Path("/dev/shm")
NEEDED_BYTES = 4 << 30


def folder_for_large_files():
    """Trainings write hundreds of megabytes: in memory where there is room, for they are not kept."""
    if SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK) and shutil.disk_usage(SHARED_MEMORY).free > NEEDED_BYTES:
        return SHARED_MEMORY
    return None


@pytest.fixture(scope="module")
def outcome_of(request):
    """Function of a job: its Outcome. The jobs of all chosen tests run side by side, each once."""
    with tempfile.TemporaryDirectory(prefix="lanet_golden_", dir=folder_for_large_files()) as folder:
        measurement = measure.Measurement(program(), Path(folder))
        chosen = {item.callspec.params["job"] for item in request.session.items if "outcome_of" in getattr(item, "fixturenames", ())}
        with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
            futures = {job: pool.submit(measurement.run, job) for job in measure.jobs() if job in chosen and can_run(job)}

            def outcome(job):
                if job not in futures:
                    futures[job] = pool.submit(measurement.run, job)
                return futures[job].result()

            yield outcome
            pool.shutdown(cancel_futures=True)


def can_run(job):
    return not measure.needs_training_program(job) or Path(program()).with_name("lanet-train").exists()


def skip_what_cannot_run(job):
    if not can_run(job):
        pytest.skip("no lanet-train beside lanet")


@pytest.mark.parametrize("job", measure.jobs())
def test_numbers(job, outcome_of):
    skip_what_cannot_run(job)
    kind, name = job.split("/")
    lines = compare.differences(measure.read_values(kind)[name], outcome_of(job).numbers, compare.tolerance_of(job))
    assert not lines, compare.said(lines)


@pytest.mark.parametrize("job", measure.jobs())
def test_bits(job, outcome_of):
    skip_what_cannot_run(job)
    here = machine.name(program())
    stored = measure.read_values(f"bits_{here}").get("jobs", {}).get(job)
    if stored is None:
        pytest.skip(f"no digests of {here} are stored: numbers alone were compared")
    bits = outcome_of(job).bits
    other = sorted(part for part in stored.keys() | bits.keys() if stored.get(part) != bits.get(part))
    assert not other, f"other bits than were stored: {', '.join(other[:compare.LARGEST_SAID])} ({len(other)} of {len(stored)})"


@pytest.mark.parametrize("job", ["finding/one_image"])
def test_one_image_is_found_as_among_many(job, outcome_of):
    alone, many = outcome_of(job), outcome_of("finding/breast_lite0")
    assert len(alone.bits) == 2 and alone.bits.items() <= many.bits.items()


@pytest.mark.parametrize("job", ["evaluation/breast_lite0"])
def test_evaluation_and_prediction_agree(job, outcome_of):
    found = {name: entry["classes"] for name, entry in outcome_of("finding/breast_lite0").numbers.items() if name != "all"}
    assert found == outcome_of(job).numbers["classes_of"]


def test_every_stored_value_belongs_to_a_job():
    for kind in {job.split("/")[0] for job in measure.jobs()}:
        assert sorted(measure.read_values(kind)) == sorted(job.split("/")[1] for job in measure.jobs() if job.startswith(f"{kind}/"))


def test_a_difference_is_seen():
    """A comparison that finds nothing would let everything pass."""
    limits = compare.Tolerance(1e-3, 1e-3)
    stored = {"classes": [0.25, 0.75], "decision": "benign"}
    assert not compare.differences(stored, {"classes": [0.2505, 0.7495], "decision": "benign"}, limits)
    for wrong in ({"classes": [0.26, 0.74], "decision": "benign"}, {"classes": [0.25, 0.75], "decision": "malignant"},
                  {"classes": [0.25], "decision": "benign"}, {"classes": [0.25, 0.75]},
                  {"classes": [0.25, float("nan")], "decision": "benign"}):
        assert compare.differences(stored, wrong, limits)
