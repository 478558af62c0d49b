#!/usr/bin/env python3
"""Checks an exported network and runs it in ONNX Runtime: the reference of tests/engine/engine_parity_test.cpp.

    .venv/bin/python tools/run_onnx.py MODEL.onnx PIXELS SIDE

PIXELS: grey images of SIDE x SIDE, one byte a pixel, one after the other. Prints a line an image: the class logits, then the mask's
probabilities (none of a network without one).
"""
import sys

import numpy
import onnx
import onnxruntime

path, pixels, side = sys.argv[1], sys.argv[2], int(sys.argv[3])
onnx.checker.check_model(path, full_check=True)
images = numpy.fromfile(pixels, dtype=numpy.uint8).reshape(-1, 1, side, side).astype(numpy.float32) / 255
options = onnxruntime.SessionOptions()
options.log_severity_level = 3
session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
names = [output.name for output in session.get_outputs()]
values = dict(zip(names, session.run(None, {"image": images})))
for image in range(len(images)):
    mask = values["mask_probability"][image].ravel() if "mask_probability" in values else []
    print(*values["class_logits"][image], *mask)
