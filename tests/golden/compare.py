"""How far a number may lie from the stored one where the machine is another one.

Instruction sets differ in how many products they add up before they round, and in whether a product is rounded before it is added
(FMA); libraries choose other algorithms by them. The limits are at least four times what was seen between AVX2, AVX and SSE 4.1 on
one machine (ONEDNN_MAX_CPU_ISA, ATEN_CPU_CAPABILITY): 1e-5 of a probability, a pixel at the rim of a lesion, 1e-3 of a
training's loss. A changed equation shows far above that. 8-bit networks round to steps of their own, and some trainings are unsteady
(cases.py).
"""
import dataclasses

from golden import cases


@dataclasses.dataclass
class Tolerance:
    relative: float
    absolute: float
    pixels: float = 1.5  # of a box, an extent, a mask's middle and its number of runs, in place of absolute


TOLERANCES = {
    "finding": Tolerance(1e-3, 1e-3),
    "cine": Tolerance(1e-3, 1e-3),
    "evaluation": Tolerance(0.01, 2e-3),
    "explanation": Tolerance(0.01, 1e-3),
    "network": Tolerance(1e-3, 1e-4),
    "training": Tolerance(5e-3, 5e-4),
    "old_files": Tolerance(0.01, 1e-3),
}
INT8 = Tolerance(0.1, 0.03, pixels=8)
LARGEST_SAID = 8


def tolerance_of(job):
    kind, name = job.split("/")
    if kind == "training" and name in cases.UNSTEADY:
        return Tolerance(cases.UNSTEADY[name], 0.05)
    return INT8 if job == "finding/int8" else TOLERANCES[kind]


def differences(stored, now, tolerance, place=""):
    """One line for each value that is not what was stored."""
    if isinstance(stored, dict) and isinstance(now, dict):
        lines = [f"{place}/{key}: {'not stored' if key in now else 'gone'}" for key in sorted(stored.keys() ^ now.keys())]
        return lines + [line for key in stored if key in now for line in differences(stored[key], now[key], tolerance, f"{place}/{key}")]
    if isinstance(stored, list) and isinstance(now, list):
        if len(stored) != len(now):
            return [f"{place}: {len(now)} entries in place of {len(stored)}"]
        return [line for index, pair in enumerate(zip(stored, now)) for line in differences(*pair, tolerance, f"{place}/{index}")]
    if is_number(stored) and is_number(now):
        in_pixels = "/lesions/" in place or "/mask/" in place
        limit = (tolerance.pixels if in_pixels else tolerance.absolute) + tolerance.relative * abs(stored)
        return [] if abs(stored - now) <= limit else [f"{place}: {now:.8g} in place of {stored:.8g} (at most {limit:.2g} apart)"]
    return [] if stored == now else [f"{place}: {now!r} in place of {stored!r}"]


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def said(lines):
    more = f"\nand {len(lines) - LARGEST_SAID} more" if len(lines) > LARGEST_SAID else ""
    return "\n".join(lines[:LARGEST_SAID]) + more
