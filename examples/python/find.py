#!/usr/bin/env python3
"""Finds lesions in images through lanet's C library, with nothing but Python's own ctypes.

    find.py LIBRARY MODEL IMAGE...        e.g. find.py /opt/lanet/lib/liblanet.so breast_lite0 scan.png
"""

import ctypes
import json
import sys


class Lanet:
    """The functions of lanet.h that are needed here."""

    def __init__(self, library):
        self._c = ctypes.CDLL(library)
        for name, result, arguments in [
            ("lanet_last_error", ctypes.c_char_p, []),
            ("lanet_model_open", ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_void_p]),
            ("lanet_model_close", None, [ctypes.c_void_p]),
            ("lanet_find_file", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p]),
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

    def find(self, model, image):
        """The finding as a dictionary (docs/formats.md)."""
        finding = self._checked(self._c.lanet_find_file(model, image.encode()))
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
            finding = lanet.find(model, image)
            print(image, finding["decision"], finding["classes"], "; ".join(finding["doubts"]))
        lanet.close(model)
    except RuntimeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
