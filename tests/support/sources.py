"""DICOM files made of the bundled sample, as a scanner would write them."""
import pathlib

import numpy
import pydicom
from PIL import Image
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample" / "Images"
US_IMAGE = "1.2.840.10008.5.1.4.1.1.6.1"
US_MULTIFRAME = "1.2.840.10008.5.1.4.1.1.3.1"


def sample_images(count):
    return sorted(SAMPLE.glob("*.png"))[:count]


def _region(rows, columns, mm):
    region = pydicom.Dataset()
    region.RegionSpatialFormat = region.RegionDataType = 1
    region.RegionFlags = 0
    region.RegionLocationMinX0 = region.RegionLocationMinY0 = 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = columns - 1, rows - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = mm / 10
    return region


def make_source(path, frames=1, mm=None, laterality=None, character_set="ISO_IR 100", name="Müller^Änne", study=None,
                columns=None):
    """Writes an ultrasound image (several frames: a cine) of the sample to `path` and returns its data set.

    mm: size of a pixel; None: not calibrated. columns: cut to that many; None: all. The frames of a cine are one image, moved by two pixels each.
    """
    picture = numpy.asarray(Image.open(sample_images(1)[0]).convert("L"))[:, :columns]
    rows, columns = picture.shape
    pixels = numpy.stack([numpy.roll(picture, 2 * frame, axis=1) for frame in range(frames)])
    data = pydicom.Dataset()
    data.SpecificCharacterSet = character_set
    data.SOPClassUID = US_MULTIFRAME if frames > 1 else US_IMAGE
    data.SOPInstanceUID, data.SeriesInstanceUID = generate_uid(), generate_uid()
    data.StudyInstanceUID = study or generate_uid()
    data.PatientName, data.PatientID, data.PatientBirthDate, data.PatientSex = name, "P-17", "19610203", "F"
    data.StudyDate, data.StudyTime, data.StudyID, data.AccessionNumber = "20240501", "101112", "S7", "A99"
    data.ReferringPhysicianName = "Weiß^Jörg"
    data.StudyDescription = "Mamma beidseits für Prüfung"
    data.Modality, data.SeriesNumber, data.InstanceNumber = "US", 4, 12
    data.Manufacturer, data.ManufacturerModelName = "Scanner maker", "Scanner 3"
    data.ImageType = ["ORIGINAL", "PRIMARY"]
    data.PatientOrientation = ""
    data.LossyImageCompression = "00"
    if laterality:
        data.ImageLaterality = laterality
    else:
        data.Laterality = ""
    if mm:
        data.SequenceOfUltrasoundRegions = [_region(rows, columns, mm)]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = rows, columns
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation = 7, 0
    if frames > 1:
        data.NumberOfFrames, data.FrameTime = frames, 40
        data.FrameIncrementPointer = 0x00181063
    padded = pixels.astype("uint8").tobytes()
    data.PixelData = padded + b"\0" * (len(padded) % 2)
    data["PixelData"].VR = "OB"
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    pydicom.dcmwrite(path, data, enforce_file_format=True)
    return data
