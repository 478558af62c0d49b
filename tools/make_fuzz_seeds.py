#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets whose formats are binary: .venv/bin/python tools/make_fuzz_seeds.py

The other seeds in fuzz/seeds are texts written by hand or by lanet itself; those of the image targets are tests/image/data.
"""
import hashlib
import json
import struct
from collections import OrderedDict
from pathlib import Path

import torch

SEEDS = Path(__file__).resolve().parent.parent / "fuzz" / "seeds"


def safetensors(metadata: dict) -> bytes:
    """Two small tensors, sealed as lanet does."""
    zeros = "0" * 64
    header = {
        "__metadata__": {**metadata, "sha256": zeros},
        "w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        "n": {"dtype": "I64", "shape": [], "data_offsets": [24, 32]},
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    content = struct.pack("<Q", len(text)) + text + struct.pack("<6fq", *range(6), 7)
    return content.replace(zeros.encode(), hashlib.sha256(content).hexdigest().encode(), 1)


def dicom(photometric: str, pixels: bytes, frames: int = 1, identified: bool = False) -> bytes:
    """A small ultrasound object, explicit VR little endian, with one region."""
    def element(tag: int, vr: str, value: bytes) -> bytes:
        value += b"\0" * (len(value) % 2)
        head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
        return head + (struct.pack("<HI", 0, len(value)) if vr in ("OB", "OW", "SQ", "UN") else struct.pack("<H", len(value))) + value

    def word(tag: int, value: int) -> bytes:
        return element(tag, "US", struct.pack("<H", value))

    region = (word(0x00186012, 1) + word(0x00186014, 1) + b"".join(element(0x00186018 + 2 * i, "UL", struct.pack("<I", v)) for i, v in enumerate((0, 0, 2, 2) if identified else (0, 0, 3, 3)))
              + word(0x00186024, 3) + word(0x00186026, 3) + element(0x0018602C, "FD", struct.pack("<d", 0.02)) + element(0x0018602E, "FD", struct.pack("<d", 0.02)))
    samples = 3 if photometric in ("RGB", "YBR_FULL") else 1
    data = element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.6.1")
    if identified:
        code = element(0x00080100, "SH", b"12") + element(0x00081155, "UI", b"1.2.3.9") + element(0x00100010, "PN", b"DOE^JANE")
        data += element(0x00080018, "UI", b"1.2.3.4") + element(0x00080020, "DA", b"20240229") + element(0x0008002A, "DT", b"20240229101112.5")
        data += element(0x00080050, "SH", b"ACC1234") + element(0x00080060, "CS", b"US") + element(0x00080070, "LO", b"maker")
        data += element(0x00080080, "LO", b"HOSPITAL") + element(0x00081140, "SQ", struct.pack("<HHI", 0xFFFE, 0xE000, len(code)) + code)
        data += element(0x00090010, "LO", b"JANE 1.0") + element(0x00091001, "UN", b"secret") + element(0x00100010, "PN", b"DOE^JANE")
        data += element(0x00100020, "LO", b"ID123456") + element(0x00101010, "AS", b"093Y") + element(0x00181030, "LO", b"breast of Jane")
    else:
        data += element(0x00080060, "CS", b"US")
    data += element(0x00186011, "SQ", struct.pack("<HHI", 0xFFFE, 0xE000, len(region)) + region)
    data += word(0x00280002, samples) + element(0x00280004, "CS", photometric.encode())
    data += (word(0x00280006, 0) if samples == 3 else b"") + element(0x00280008, "IS", str(frames).encode())
    data += word(0x00280010, 4) + word(0x00280011, 4) + word(0x00280100, 8) + word(0x00280101, 8) + word(0x00280102, 7) + word(0x00280103, 0)
    if photometric == "PALETTE COLOR":
        for colour in range(3):
            data += element(0x00281101 + colour, "US", struct.pack("<3H", 4, 0, 16))
        for colour in range(3):
            data += element(0x00281221 + colour, "OW", struct.pack("<6H", 0, 1, colour, 1, 3, 255))
    meta = element(0x00020010, "UI", b"1.2.840.10008.1.2.1")
    return b"\0" * 128 + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta)) + meta + data + element(0x7FE00010, "OB", pixels)


def main() -> None:
    for name in ("pth", "safetensors", "checkpoint", "dicom", "deidentify"):
        (SEEDS / name).mkdir(parents=True, exist_ok=True)
    for name, photometric, size in (("grey", "MONOCHROME2", 16), ("cine", "MONOCHROME1", 48), ("colour", "YBR_FULL", 48), ("palette", "PALETTE COLOR", 16)):
        pixels = bytes(i % (4 if name == "palette" else 256) for i in range(size))
        (SEEDS / "dicom" / f"{name}.dcm").write_bytes(dicom(photometric, pixels, 3 if name == "cine" else 1))
        (SEEDS / "deidentify" / f"{name}.dcm").write_bytes(dicom(photometric, pixels, 3 if name == "cine" else 1, identified=True))
    tensors = OrderedDict(w=torch.arange(6.0).reshape(2, 3), t=torch.arange(6.0).reshape(2, 3).t(), h=torch.ones(2).half(),
                          n=torch.tensor(7), p=torch.nn.Parameter(torch.ones(2)))
    torch.save(tensors, SEEDS / "pth" / "zip.pth")
    torch.save(tensors, SEEDS / "pth" / "plain.pth", _use_new_zipfile_serialization=False)
    torch.save({"epoch": 3, "state_dict": tensors}, SEEDS / "pth" / "nested.pth", _use_new_zipfile_serialization=False)
    card = {"format": "lanet-model", "format_version": "1", "architecture": "backbone = 'resnet18'\n",
            "classes": '["benign","malignant"]', "positive_class": "malignant", "input_size": "256", "threshold": "0.5",
            "mask_threshold": "0.5", "temperature": "1", "created_by": "lanet", "fingerprint": "", "licence": "",
            "metrics": "{}", "notes": "", "precision": "fp32"}
    (SEEDS / "safetensors" / "model.safetensors").write_bytes(safetensors(card))
    state = {"format": "lanet-checkpoint", "version": "2", "stage": "2", "epochs_done": "3", "best_epoch": "2",
             "best_score": "0.5", "best_loss": "0.25", "seconds": "10", "settings": "seed = 1\n", "fingerprint": "ab",
             "started": "2026-01-01T00:00:00Z", "metrics_csv": "stage,epoch\n1,1\n", "stages_json": "[]", "notes": ""}
    (SEEDS / "checkpoint" / "last.checkpoint").write_bytes(safetensors(state))


if __name__ == "__main__":
    main()
