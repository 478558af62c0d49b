"""What decides the last bits of a number: the processor and the libraries that compute."""
import functools
import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
from pathlib import Path

INSTRUCTION_SETS = ("sse4_1", "avx", "f16c", "fma", "avx2", "avx_vnni", "avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512_vnni",
                    "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16", "asimd", "asimddp", "asimdhp", "bf16", "i8mm", "sve")
# A user's limits, which the libraries obey.
LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "GLIBC_TUNABLES")


def _processor():
    found = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        found.setdefault(key.strip(), value.strip())
    flags = found.get("flags", found.get("Features", "")).split()
    return {
        "vendor": found.get("vendor_id", found.get("CPU implementer", "")),
        "family": found.get("cpu family", ""),
        "model": found.get("model", found.get("CPU part", "")),
        "instruction_sets": [name for name in INSTRUCTION_SETS if name in flags],
    }


def _caches():
    """Sizes of the first core's caches: the libraries choose the size of their blocks by them."""
    return [path.read_text().strip() for path in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size"))]


def _wheel(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _linked(program, pattern):
    listed = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return sorted(set(re.findall(pattern, listed)))


def _compilers(program):
    """What they left in the program."""
    return sorted({found.decode() for found in re.findall(rb"GCC: \([^)\0]*\) [\d.]+|clang version [\d.]+", Path(program).read_bytes())})


@functools.cache
def identity(program):
    """Everything that has to be equal for bits to be compared."""
    return {
        "processor": _processor(),
        "caches": _caches(),
        "wheels": {name: _wheel(name) for name in ("torch", "openvino", "onnxruntime", "numpy", "pillow")},
        "linked": _linked(program, r"lib(?:openvino|opencv_core)\.so\.\d+"),
        "libc": os.confstr("CS_GNU_LIBC_VERSION"),
        "compilers": _compilers(program),
        "limits": {name: os.environ[name] for name in LIMITS if name in os.environ},
    }


def name(program):
    """Short, and good for a file's name: "amd-25-1-avx2-4f09c1"."""
    found = identity(program)
    processor = found["processor"]
    vendor = re.sub(r"^Authentic|^Genuine", "", processor["vendor"]).lower() or "processor"
    best = [kind for kind in ("amx_tile", "avx512f", "avx2", "sve", "asimd") if kind in processor["instruction_sets"]][:1]
    digest = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:6]
    return "-".join([vendor, processor["family"], processor["model"], *best, digest])
