"""Files with several frames."""
import numpy
import pytest
from conftest import Viewer
from support.server import ROOT


def write_cine(path, frames=12, frame_ms=40.0):
    """A multi-frame ultrasound object of one bundled image that gets brighter; 0.2 mm a pixel."""
    pydicom = pytest.importorskip("pydicom")
    from PIL import Image
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    image = numpy.asarray(Image.open(sorted((ROOT / "sample" / "Images").glob("*.png"))[1]).convert("L"))
    stack = numpy.stack([(image * (0.5 + 0.5 * frame / frames)).astype(numpy.uint8) for frame in range(frames)])
    data = pydicom.Dataset()
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.3.1"
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["cine"])
    data.StudyInstanceUID, data.SeriesInstanceUID = [generate_uid(entropy_srcs=[name]) for name in ("study", "series")]
    data.PatientName, data.PatientID, data.Modality = "Test^Cine", "C1", "US"
    data.Rows, data.Columns = image.shape
    data.NumberOfFrames, data.FrameTime, data.FrameIncrementPointer = frames, frame_ms, pydicom.tag.Tag(0x0018, 0x1063)
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation = 7, 0
    region = pydicom.Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0
    region.RegionLocationMinX0 = region.RegionLocationMinY0 = 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = image.shape[1] - 1, image.shape[0] - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = 0.02  # cm
    data.SequenceOfUltrasoundRegions = [region]
    padded = stack.tobytes()
    data.PixelData = padded + b"\0" * (len(padded) % 2)
    data.save_as(path, enforce_file_format=True)


@pytest.fixture(scope="module")
def cine(server, tmp_path_factory):
    path = tmp_path_factory.mktemp("cine") / "cine.dcm"
    write_cine(path)
    item = server.wait_done(server.keep(path))
    yield item
    server.remove(item["id"])


@pytest.fixture
def shown(open_page, server, cine):
    page = open_page()
    viewer = Viewer(page, server)
    viewer.show(cine)
    return page, viewer


def frame_of(page):
    return int(page.locator(".cine-frame").inner_text().split("/")[0])


def test_it_begins_at_the_steadiest_frame_and_every_way_leads_to_others(shown, cine):
    page, viewer = shown
    assert frame_of(page) == cine["steadiest_frame"]
    viewer.set_range(".cine input", 3)
    assert frame_of(page) == 3
    page.keyboard.press(".")
    assert frame_of(page) == 4
    page.keyboard.press(",")
    page.get_by_role("button", name="Frame before").click()
    assert frame_of(page) == 2
    curve = page.locator(".curve").bounding_box()
    page.mouse.click(curve["x"] + curve["width"] * 0.99, curve["y"] + 20)
    assert frame_of(page) == cine["frames"]
    page.get_by_role("button", name="Steadiest").click()
    assert frame_of(page) == cine["steadiest_frame"]


def test_each_frame_has_its_own_picture(shown):
    page, viewer = shown
    page.keyboard.press("m")
    means = []
    for frame in (1, 12):
        viewer.set_range(".cine input", frame)
        page.locator(f".pane >> nth=0 >> text={frame} / 12").wait_for()
        page.wait_for_timeout(300)
        means.append(viewer.pixels().mean())
    assert means[1] > 1.4 * means[0]  # 0.5 and 0.96 of the same image, and black around it


def test_it_plays_and_stops(shown):
    page, _ = shown
    page.keyboard.press(" ")
    seen = set()
    for _ in range(40):
        seen.add(frame_of(page))
        page.wait_for_timeout(40)
        if len(seen) > 4:
            break
    assert len(seen) > 4
    page.get_by_role("button", name="Pause").click()
    stopped = frame_of(page)
    page.wait_for_timeout(200)
    assert frame_of(page) == stopped


def test_the_curve_is_the_servers_and_is_told(shown, cine):
    page, _ = shown
    points = page.locator(".curve-line").first.get_attribute("points").split()
    assert len(points) == cine["frames"]
    assert float(points[0].split(",")[1]) == pytest.approx(84 - 78 * cine["curve"][0]["probability"])
    assert "Probability over 12 frames" in page.locator(".curve").get_attribute("aria-label")
    assert "25 frames a second" in page.locator(".curve-caption").inner_text()


def test_sizes_and_distances_are_in_mm(shown):
    page, viewer = shown
    assert " mm" in page.locator(".lesions").inner_text()
    page.keyboard.press("r")
    start, end = [tuple(map(round, viewer.on_page(*point))) for point in ((50, 50), (150, 50))]
    viewer.drag(start, end, steps=2)
    (ax, _), (bx, _) = viewer.to_image(*start), viewer.to_image(*end)
    text = page.locator("#measurements li span").inner_text()
    assert abs(float(text.removesuffix(" mm")) - 0.2 * (bx - ax)) < 0.06


def test_dicom_results_can_be_saved(shown):
    page, _ = shown
    for button in ("#download-seg", "#download-sr"):
        with page.expect_download() as download:
            page.locator(button).click()
        assert download.value.path().read_bytes()[128:132] == b"DICM"
