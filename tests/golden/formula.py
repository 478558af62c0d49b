"""Weights and safetensors files that need no training: every number is a function of its tensor's name and of its place in it.

Only whole numbers and powers of two go into them, so they are the same on every machine.
"""
import hashlib
import json
import math
import struct
import zlib

import numpy

DTYPES = {"F32": numpy.float32, "F16": numpy.float16, "I64": numpy.int64}
SEAL_DIGITS = 64


def noise(name, count):
    """`count` numbers in [-1, 1) that look random (the last steps of MurmurHash3)."""
    bits = numpy.arange(count, dtype=numpy.uint32)
    bits += numpy.uint32(zlib.crc32(name.encode()))
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        bits ^= bits >> numpy.uint32(shift)
        bits *= numpy.uint32(factor)
    bits ^= bits >> numpy.uint32(16)
    return (bits >> numpy.uint32(8)).astype(numpy.float32) / numpy.float32(1 << 23) - 1


def weights(name, shape):
    """Values that keep the size of what runs through the layer."""
    values = noise(name, math.prod(shape))
    if name.endswith("num_batches_tracked"):
        return numpy.full(shape, 3, dtype=numpy.int64)
    if name.endswith("running_var"):
        values = 1 + values / 2
    elif name.endswith("weight") and len(shape) == 1:
        values = (3 + values) / 4
    elif len(shape) > 1:
        # Of variance 2 / inputs, to the next power of two.
        values *= numpy.float32(2.0 ** round(math.log2(math.sqrt(6 / math.prod(shape[1:])))))
    else:
        values /= 8
    return values.reshape(shape)


def adam_state(name, shape):
    """exp_avg, exp_avg_sq or step of a parameter."""
    if name.endswith(".step"):
        return numpy.full(shape, 2, dtype=numpy.float32)
    values = noise(name, math.prod(shape)).reshape(shape)
    return (1 + values) / (1 << 20) if name.endswith("_sq") else values / (1 << 10)


def write_safetensors(path, tensors, metadata, sealed=True):
    """tensors: {name: array}. sealed: with the digest of the file's own bytes, as lanet writes it."""
    kinds = {numpy.dtype(kind): name for name, kind in DTYPES.items()}
    ordered = sorted(tensors.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
    header = {"__metadata__": {**metadata, **({"sha256": "0" * SEAL_DIGITS} if sealed else {})}}
    position = 0
    for name, array in ordered:
        header[name] = {"dtype": kinds[array.dtype], "shape": list(array.shape), "data_offsets": [position, position + array.nbytes]}
        position += array.nbytes
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    parts = [struct.pack("<Q", len(text)), text, *(numpy.ascontiguousarray(array).data for _, array in ordered)]
    if sealed:
        digest = hashlib.sha256()
        for part in parts:
            digest.update(part)
        parts[1] = text.replace(b'"sha256":"' + b"0" * SEAL_DIGITS, b'"sha256":"' + digest.hexdigest().encode())
    with open(path, "wb") as file:
        for part in parts:
            file.write(part)


def read_safetensors(path):
    """({name: array}, metadata)"""
    content = path.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + size])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = numpy.frombuffer(content[8 + size + begin:8 + size + end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata
