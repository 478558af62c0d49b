"""The instruction sets that lanet-bench can be limited to, for the scripts that measure: lanet-bench itself knows them."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BENCH = ROOT / "build/release/bin/lanet-bench"


def bench(*arguments):
    """What lanet-bench prints; where it refuses its line is printed and the script ends with exit code 2."""
    if not BENCH.exists():
        subprocess.run([str(ROOT / "run"), "bench", "--benchmark_list_tests"], check=True, stdout=sys.stderr)
    result = subprocess.run([str(BENCH), *arguments], capture_output=True, text=True)
    if result.returncode != 0:
        print(result.stderr.strip() or f"{BENCH} ended with {result.returncode}", file=sys.stderr)
        sys.exit(2)
    return result.stdout


def here():
    """The names of those that this processor has, the best first."""
    return bench("--list-isas").split()


def asked_for(arguments):
    """The value of --isa in a command line; "" where there is none."""
    for index, argument in enumerate(arguments):
        if argument == "--isa" and index + 1 < len(arguments):
            return arguments[index + 1]
        if argument.startswith("--isa="):
            return argument.removeprefix("--isa=")
    return ""


def limit_this_process(arguments):
    """Sets what keeps the libraries that are loaded from now on from taking more than --isa names."""
    isa = asked_for(arguments)
    if isa and isa != "all" and not {"-h", "--help"} & set(arguments):
        os.environ.update(line.split("=", 1) for line in bench(f"--isa={isa}", "--print-environment").splitlines())


def once_each(arguments):
    """Runs the script `arguments` (sys.argv with --isa all) once for each instruction set; the first exit code that is not 0, or 0."""
    rest = [argument for index, argument in enumerate(arguments)
            if not argument.startswith("--isa") and (index == 0 or arguments[index - 1] != "--isa")]
    for isa in here():
        print(f"\n{isa}:\n", flush=True)
        code = subprocess.run([sys.executable, *rest, "--isa", isa]).returncode
        if code:
            return code
    return 0
