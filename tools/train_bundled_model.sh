#!/usr/bin/env bash
# Trains models/breast_lite0.safetensors anew, from folds 1 to 4 of BUS-BRA, and measures it on BUSI.
#
#     tools/train_bundled_model.sh LANET BUSBRA BUSI OUT
#
# LANET: the program. BUSBRA: the folder that holds BUSBRA_fold1 ... BUSBRA_fold4. BUSI: Dataset_BUSI_with_GT, or "" to measure nothing. About 40 minutes on two cores.
set -euo pipefail
lanet=$1 busbra=$2 busi=$3 out=$4
here=$(dirname "$(readlink -f "$0")")

"$lanet" data import "$busbra" --format busbra --out "$out/busbra"
"$lanet" data split "$out/busbra" --val 0.15 --test 0 --seed 1
# The patients of the bundled sample are learned from by nobody: the demo shows this model on them.
python3 - "$out/busbra" "$here/../sample/bus_data.csv" <<'PYTHON'
import csv, pathlib, sys
data = pathlib.Path(sys.argv[1])
patients = {"busbra-" + row["Case"] for row in csv.DictReader(open(sys.argv[2]))}
group = {row["id"]: row["group"] for row in csv.DictReader(open(data / "lanet-dataset.csv"))}
rows = list(csv.DictReader(open(data / "split.csv")))
with open(data / "split.csv", "w") as file:
    file.write("id,subset\n")
    for row in rows:
        file.write(f"{row['id']},{'sample' if group[row['id']] in patients else row['subset']}\n")
PYTHON
"$lanet" train lite0_pyramid_256 --data "$out/busbra" --set "runs_folder='$out'" --name model \
  --set stage1.epochs=2 --set stage2.epochs=20 --set stage2.average=0.995 \
  --set augment.brightness=0.2 --set augment.contrast=0.25 --set augment.crop_low=0.6 --set augment.rotation_degrees=10
"$lanet" export "$out/model/best.safetensors" --format compact --out "$out/breast_lite0.safetensors"
"$lanet" calibrate "$out/breast_lite0.safetensors" --data "$out/busbra" --split "$out/busbra/split.csv" --subset val \
  --licence "weights Apache-2.0; trained on BUS-BRA (cite Gomez-Flores et al. 2024), begun from EfficientNet-Lite0's ImageNet weights (Apache-2.0)" \
  --notes "EfficientNet-Lite0 + LA-Net with pyramid, trained on BUS-BRA folds 1-4; research use only"
"$lanet" quantize "$out/breast_lite0.safetensors" --data "$out/busbra" --split "$out/busbra/split.csv"
if [ -n "$busi" ]; then
  find "$busi/benign" "$busi/malignant" -name '*).png' -printf '%f\n' | sed 's/\.png$//' | sort > "$out/lesions.txt"
  "$lanet" data import "$busi" --only "$out/lesions.txt" --out "$out/busi"
  "$lanet" data audit "$out/busi" --group
  "$lanet" evaluate "$out/breast_lite0.safetensors" --data "$out/busi" --subset all --out "$out/external"
fi
