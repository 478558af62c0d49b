#!/usr/bin/env python3
"""Checks that includes point down only, and that torch stays out of the plain folders.

    check_layers.py

The order and what each storey may use are read from CMakeLists.txt, so that there is one list. Exit code 1 with one line a fault.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def storeys():
    """name -> (uses torch, names of the storeys it uses directly)."""
    text = (ROOT / "CMakeLists.txt").read_text()
    found = {}
    for name, torch, uses in re.findall(r"lanet_storey\((\w+)( TORCH)? USES ([^)]*)\)", text):
        found[name] = (bool(torch), [use[len("lanet_"):] for use in uses.split() if use.startswith("lanet_")])
    return found


def reachable(name, table):
    below, pending = set(), [name]
    while pending:
        for use in table[pending.pop()][1]:
            if use not in below:
                below.add(use)
                pending.append(use)
    return below


def main():
    table = storeys()
    faults, order = [], list(table)
    for name, (_, uses) in table.items():
        for use in uses:
            if order.index(use) > order.index(name):
                faults.append(f"CMakeLists.txt: {name} uses {use}, which comes after it")
    folders = sorted(path.name for path in (ROOT / "src").iterdir() if path.is_dir())
    for folder in folders:
        if folder not in table and folder != "cli":
            faults.append(f"src/{folder}: a folder that is no storey of CMakeLists.txt")
    for file in sorted((ROOT / "src").glob("*/*.?pp")):
        folder = file.parent.name
        if folder not in table:
            continue  # src/cli may use everything
        allowed = reachable(folder, table) | {folder}
        for number, line in enumerate(file.read_text().splitlines(), 1):
            include = re.match(r'\s*#include\s+[<"]([^>"]+)[>"]', line)
            if not include:
                continue
            target = include[1].split("/")[0]
            place = f"{file.relative_to(ROOT)}:{number}"
            if target in folders and target not in allowed:
                faults.append(f"{place}: {folder} may not include {include[1]}")
            if target in ("torch", "ATen", "c10") and not table[folder][0]:
                faults.append(f"{place}: {folder} is free of LibTorch, but includes {include[1]}")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
