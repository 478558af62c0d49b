#!/usr/bin/env python3
"""Finds lesions in images through lanet's C library, with nothing but Python's own ctypes.

    find.py LIBRARY MODEL IMAGE...        e.g. find.py /opt/lanet/lib/liblanet.so breast_lite0 scan.png cine.dcm

Images are DICOM objects and pictures, all that `lanet predict` reads; of several frames or pages each is looked at.
"""

import ctypes
import json
import os
import sys


class Lanet:
    """The functions of lanet.h that are needed here."""

    def __init__(self, library):
        self._c = ctypes.CDLL(library)
        for name, result, arguments in [
            ("lanet_last_error", ctypes.c_char_p, []),
            ("lanet_model_open", ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_void_p]),
            ("lanet_model_close", None, [ctypes.c_void_p]),
            ("lanet_frame_count", ctypes.c_int64, [ctypes.c_char_p]),
            ("lanet_find_frame", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64]),
            ("lanet_finding_json", ctypes.c_char_p, [ctypes.c_void_p]),
            ("lanet_finding_free", None, [ctypes.c_void_p]),
        ]:
            function = getattr(self._c, name)
            function.restype, function.argtypes = result, arguments

    def _checked(self, pointer):
        if not pointer:
            raise RuntimeError(self._c.lanet_last_error().decode())
        return pointer

    def open(self, model):
        return self._checked(self._c.lanet_model_open(model.encode(), None))

    def close(self, model):
        self._c.lanet_model_close(model)

    def frames(self, image):
        """How many frames or pages the file holds."""
        count = self._c.lanet_frame_count(os.fsencode(image))
        if count < 1:
            raise RuntimeError(self._c.lanet_last_error().decode())
        return count

    def find(self, model, image, frame=0):
        """The finding of a frame as a dictionary (docs/formats.md)."""
        finding = self._checked(self._c.lanet_find_frame(model, os.fsencode(image), frame))
        try:
            return json.loads(self._c.lanet_finding_json(finding))
        finally:
            self._c.lanet_finding_free(finding)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    lanet = Lanet(sys.argv[1])
    try:
        model = lanet.open(sys.argv[2])
        for image in sys.argv[3:]:
            frames = lanet.frames(image)
            for frame in range(frames):
                finding = lanet.find(model, image, frame)
                name = f"{image} frame {frame + 1}" if frames > 1 else image
                print(name, finding["decision"], finding["classes"], "; ".join(finding["doubts"]))
        lanet.close(model)
    except RuntimeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
