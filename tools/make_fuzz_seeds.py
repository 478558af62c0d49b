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


def main() -> None:
    for name in ("pth", "safetensors", "checkpoint"):
        (SEEDS / name).mkdir(parents=True, exist_ok=True)
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
