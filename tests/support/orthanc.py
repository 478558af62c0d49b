"""An archive to test against: Debian's Orthanc with its DICOMweb plugin, on free ports of this machine."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

from support.ports import free_port

PLUGIN = pathlib.Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
START_SECONDS = 30
STOP_SECONDS = 10


def program():
    """Path of Orthanc, or None where it is not installed."""
    return shutil.which("Orthanc", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


class Orthanc:
    """Runs while the `with` block does; everything it stores lies in `folder`.

    http        base address of its HTTP interface, DICOMweb at http + "/dicom-web/"
    dicom_port  of its DICOM node, which takes every caller
    aet         its AE title
    modalities  {"NAME": [aet, "127.0.0.1", port]}: nodes that it may send to
    """

    aet = "ORTHANC"

    def __init__(self, folder, modalities=None):
        self.folder = pathlib.Path(folder)
        self.modalities = modalities or {}
        self.process = None

    def __enter__(self):
        for attempt in range(3):  # somebody may take a port between finding and using it
            self._start()
            if self._answers():
                return self
            self._stop()
        raise RuntimeError("Orthanc does not start:\n" + self.log())

    def __exit__(self, *_):
        self._stop()

    def _start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        http_port, self.dicom_port = free_port(), free_port()
        self.http = f"http://127.0.0.1:{http_port}"
        settings = {
            "Name": "test",
            "StorageDirectory": str(self.folder / "storage"),
            "IndexDirectory": str(self.folder / "storage"),
            "Plugins": [str(PLUGIN)] if PLUGIN.exists() else [],
            "HttpPort": http_port,
            "HttpServerEnabled": True,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "SslEnabled": False,
            "DicomServerEnabled": True,
            "DicomAet": self.aet,
            "DicomPort": self.dicom_port,
            "DicomCheckCalledAet": False,
            "DicomAlwaysAllowEcho": True,
            "DicomAlwaysAllowStore": True,
            "UnknownSopClassAccepted": True,
            "ConcurrentJobs": 1,
            "HttpThreadsCount": 4,
            "DicomModalities": self.modalities,
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "EnableWado": True, "Ssl": False},
        }
        path = self.folder / "orthanc.json"
        path.write_text(json.dumps(settings, indent=1))
        with open(self.folder / "log.txt", "wb") as log:
            self.process = subprocess.Popen([program(), str(path)], stdout=log, stderr=subprocess.STDOUT,
                                            start_new_session=True)

    def _answers(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.get("/system")
                return True
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        return False

    def _stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def log(self):
        return (self.folder / "log.txt").read_text(errors="replace")[-4000:]

    def get(self, path, accept="*/*"):
        """Bytes of an answer; raises urllib.error.HTTPError."""
        request = urllib.request.Request(self.http + path, headers={"Accept": accept})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read()

    def json(self, path):
        return json.loads(self.get(path))

    def post(self, path, content, content_type="application/octet-stream"):
        request = urllib.request.Request(self.http + path, data=content, headers={"Content-Type": content_type})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def store(self, file):
        """Stores a DICOM file; Orthanc's id of the instance."""
        return self.post("/instances", pathlib.Path(file).read_bytes(), "application/dicom")["ID"]
