"""`lanet dicom node` under test, and small objects to send to it."""
import json
import pathlib
import signal
import socket
import subprocess
import time

import numpy
import pydicom
from PIL import Image
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from support.ports import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
US_IMAGE = "1.2.840.10008.5.1.4.1.1.6.1"
START_SECONDS = 60
STOP_SECONDS = 60


def small_pictures(count, side=128):
    """Grey squares cut out of the bundled sample, all different."""
    images = sorted((ROOT / "sample" / "Images").glob("*.png"))
    pictures = []
    for index in range(count):
        picture = Image.open(images[index % len(images)]).convert("L").resize((side, side))
        pictures.append(numpy.roll(numpy.asarray(picture), index // len(images), axis=1))
    return pictures


def write_object(path, pixels, study=None, sop_class=US_IMAGE, **attributes):
    """Writes an ultrasound image object; returns its SOP Instance UID."""
    data = pydicom.Dataset()
    data.SOPClassUID, data.SOPInstanceUID = sop_class, generate_uid()
    data.StudyInstanceUID, data.SeriesInstanceUID = study or generate_uid(), generate_uid()
    data.PatientName, data.PatientID, data.PatientBirthDate, data.PatientSex = "Test^Node", "P-1", "", ""
    data.StudyDate, data.StudyTime, data.StudyID, data.AccessionNumber = "20240501", "101112", "", ""
    data.ReferringPhysicianName, data.Manufacturer = "", "Scanner maker"
    data.Modality, data.SeriesNumber, data.InstanceNumber = "US", 1, 1
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = pixels.shape
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation = 7, 0
    data.PixelData = pixels.astype("uint8").tobytes()
    data["PixelData"].VR = "OB"
    for name, value in attributes.items():
        setattr(data, name, value)
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    pydicom.dcmwrite(path, data, enforce_file_format=True)
    return str(data.SOPInstanceUID)


def write_objects(folder, count, a_study=10):
    """Writes `count` objects; {SOP Instance UID: file}."""
    folder.mkdir(parents=True, exist_ok=True)
    objects, study = {}, None
    for index, picture in enumerate(small_pictures(count)):
        if index % a_study == 0:
            study = generate_uid()
        path = folder / f"{index:05}.dcm"
        objects[write_object(path, picture, study)] = path
    return objects


class Node:
    """Runs while the `with` block does. settings: "table.key=value" ..., above those of the test."""

    aet = "LANET"

    def __init__(self, program, folder, *settings):
        self.program, self.folder = program, pathlib.Path(folder)
        self.queue = self.folder / "queue"
        self.port = free_port()
        self.settings = ["queue.keep_free_gib=0", "retry.first_seconds=0.2", "retry.longest_seconds=1",
                         "model.threads=1", *settings]
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    @property
    def address(self):
        return f"{self.aet}@127.0.0.1:{self.port}"

    def start(self, wait=True):
        """Starts it (again, on the same queue and port)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [self.program, "dicom", "node"]
        for setting in [f"queue.folder={self.queue}", f"listen.port={self.port}", *self.settings]:
            command += ["--set", setting]
        with open(self.folder / "node.log", "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        if wait:
            self.wait_until_listening()

    def wait_until_listening(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the node does not listen:\n" + self.log())

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(STOP_SECONDS)

    def terminate(self):
        """Asks it to stop; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def log(self):
        return (self.folder / "node.log").read_text(errors="replace")

    def audit(self):
        return [json.loads(line) for line in (self.queue / "audit.jsonl").read_text().splitlines()]

    def status(self):
        result = subprocess.run([self.program, "dicom", "node", "--status", self.queue, "--json"], capture_output=True,
                                text=True, timeout=60, check=True)
        return json.loads(result.stdout)

    def wait_for(self, condition, seconds=60):
        """Waits until condition(status) holds; the status then."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            status = self.status()
            if condition(status):
                return status
            time.sleep(0.1)
        raise AssertionError(f"{status}\n{self.log()[-3000:]}")

    def wait_until_done(self, count, seconds=60):
        return self.wait_for(lambda status: status["done"] == count and not status["to_look_at"], seconds)

    def records(self, state="done"):
        """record.json of everything in a state: {source UID: record}."""
        found = {}
        for path in (self.queue / state).glob("*/record.json"):
            record = json.loads(path.read_text())
            found[record["source"]] = record
        return found


def send(program, files, to, *options, timeout=120):
    """`lanet dicom send`: [{"file", "outcome", "detail"}, ...] and the exit code."""
    command = [program, "dicom", "send", *map(str, files), "--to", to, "--json", *options]
    result = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    return [json.loads(line) for line in result.stdout.splitlines()], result


def set_destination(name, url):
    return f"destinations.{name}.url={url}"
