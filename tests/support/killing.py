"""A node that is killed again and again under a stream of objects, and the archive that has to hold every result once."""
import dataclasses
import json
import pathlib
import random
import threading
import time

from support.node import Node, send, set_destination, write_objects
from support.orthanc import Orthanc

SR_CLASSES = ("1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.88.22")


@dataclasses.dataclass
class Outcome:
    objects: int = 0
    acknowledged: int = 0       # by the end, all of them
    sendings: int = 0           # with what had to be repeated
    kills: int = 0
    kills_while_working: int = 0  # something was being looked at
    results: int = 0            # in the archive
    expected: int = 0           # that the node's records name
    sources_with_report: int = 0
    reports: int = 0
    left_over: dict = dataclasses.field(default_factory=dict)
    seconds: float = 0


class Sender(threading.Thread):
    """Sends until everything is acknowledged; what was not is sent again."""

    def __init__(self, program, files, address, batch, seconds):
        super().__init__(daemon=True)
        self.program, self.open, self.address, self.batch = program, list(files), address, batch
        self.acknowledged, self.sendings = 0, 0
        self.end = time.monotonic() + seconds

    def run(self):
        while self.open and time.monotonic() < self.end:
            batch = self.open[:self.batch]
            outcomes, _ = send(self.program, batch, self.address, "--timeout", "10")
            accepted = {outcome["file"] for outcome in outcomes if outcome["outcome"] == "accepted"}
            self.sendings += len(batch)
            self.acknowledged += len(accepted)
            self.open = [file for file in self.open if str(file) not in accepted]
            if not accepted:
                time.sleep(0.1)


def wait_for_progress(sender, acknowledged, seconds=30):
    end = time.monotonic() + seconds
    while sender.acknowledged < acknowledged and time.monotonic() < end:
        time.sleep(0.01)


def archived(orthanc):
    """What the archive holds: SOP Instance UIDs, and the source that each report is about."""
    uids, reported = [], []
    for instance in orthanc.json("/instances"):
        tags = json.loads(orthanc.get(f"/instances/{instance}/simplified-tags"))
        uids.append(tags["SOPInstanceUID"])
        if tags["SOPClassUID"] in SR_CLASSES:
            study = tags["CurrentRequestedProcedureEvidenceSequence"][0]
            reported.append(study["ReferencedSeriesSequence"][0]["ReferencedSOPSequence"][0]["ReferencedSOPInstanceUID"])
    return uids, reported


def run(program, folder, objects, kills, seed=1, batch=10, limit_s=1800, say=lambda text: None):
    """Sends `objects` objects while the node is killed `kills` times at random moments."""
    folder, moment = pathlib.Path(folder), random.Random(seed)
    outcome, begun = Outcome(objects=objects), time.monotonic()
    sources = write_objects(folder / "objects", objects)
    with Orthanc(folder / "orthanc") as orthanc:
        archive = f"dicom://{orthanc.aet}@127.0.0.1:{orthanc.dicom_port}"
        # An object that is being looked at at every fifth kill in a row is not at fault here.
        node = Node(program, folder / "node", set_destination("archive", archive), "queue.crashes=100")
        sender = Sender(program, sources.values(), node.address, batch, limit_s)
        with node:
            sender.start()
            while outcome.kills < kills and time.monotonic() - begun < limit_s:
                # Spread over the whole stream, each at a random moment of whatever the node is doing then.
                wait_for_progress(sender, objects * outcome.kills // (kills + 1))
                time.sleep(moment.uniform(0, 0.5))
                node.kill()
                outcome.kills += 1
                outcome.kills_while_working += any((node.queue / "working").iterdir())
                say(f"kill {outcome.kills}: {sender.acknowledged} acknowledged")
                node.start()
            sender.join(limit_s)
            outcome.left_over = node.wait_until_done(objects, limit_s)
            records = node.records()
            uids, reported = archived(orthanc)
            assert node.terminate() == 0, node.log()
    expected = {item["sop_instance"] for record in records.values() for item in record["objects"]}
    assert set(records) == set(sources), "every source has its record, and nothing else has"
    assert len(uids) == len(set(uids)) and set(uids) == expected
    assert sorted(reported) == sorted(sources), "one report of each source"
    outcome.acknowledged, outcome.sendings = sender.acknowledged, sender.sendings
    outcome.results, outcome.expected = len(uids), len(expected)
    outcome.reports, outcome.sources_with_report = len(reported), len(set(reported))
    outcome.seconds = round(time.monotonic() - begun, 1)
    return outcome
