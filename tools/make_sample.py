#!/usr/bin/env python3
"""Chooses the bundled sample from BUS-BRA: whole patients, as many benign as malignant images.

    make_sample.py BUSBRA_FOLDER... TARGET

Each BUSBRA_FOLDER holds bus_data.csv, Images/ and Masks/. Patients are taken in the order of the SHA-256 of their number, so that
the choice is the same everywhere and depends on nothing else. Patients whose pictures show a name or a date are left out.
"""

import csv
import hashlib
import pathlib
import shutil
import sys

IMAGES_PER_CLASS = 60
LEFT_OUT = {"484"}  # a part of a name is burnt in


def main():
    *sources, target = map(pathlib.Path, sys.argv[1:])
    if not sources:
        raise SystemExit(__doc__)
    rows_of_patient = {}
    for source in sources:
        with open(source / "bus_data.csv", newline="") as file:
            for row in csv.DictReader(file):
                rows_of_patient.setdefault(row["Case"], []).append((source, row))
    chosen, missing = [], {"benign": IMAGES_PER_CLASS, "malignant": IMAGES_PER_CLASS}
    for patient in sorted(rows_of_patient, key=lambda number: hashlib.sha256(number.encode()).hexdigest()):
        rows = rows_of_patient[patient]
        kinds = [row["Pathology"] for _, row in rows]
        if patient in LEFT_OUT or len(set(kinds)) > 1 or len(kinds) > missing[kinds[0]]:
            continue
        missing[kinds[0]] -= len(kinds)
        chosen += rows
    if any(missing.values()):
        raise SystemExit(f"too few patients: {missing}")
    chosen.sort(key=lambda item: item[1]["ID"])
    for folder in ("Images", "Masks"):
        shutil.rmtree(target / folder, ignore_errors=True)
        (target / folder).mkdir(parents=True)
    with open(target / "bus_data.csv", "w", newline="") as file:
        table = csv.DictWriter(file, chosen[0][1].keys(), lineterminator="\n")
        table.writeheader()
        for source, row in chosen:
            table.writerow(row)
            mask = "mask_" + row["ID"].split("_", 1)[1] + ".png"
            shutil.copyfile(source / "Images" / (row["ID"] + ".png"), target / "Images" / (row["ID"] + ".png"))
            shutil.copyfile(source / "Masks" / mask, target / "Masks" / mask)
    shutil.copyfile(sources[0] / "LICENSE.txt", target / "LICENSE.txt")


if __name__ == "__main__":
    main()
