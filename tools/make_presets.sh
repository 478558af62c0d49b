#!/usr/bin/env bash
# Writes configs/*.toml anew: every setting with its comment, as this build of lanet knows them.  tools/make_presets.sh LANET
set -euo pipefail
lanet=$1
cd "$(dirname "$0")/.."
empty=$(mktemp --suffix=.toml)
trap 'rm -f "$empty"' EXIT

preset() {  # NAME TITLE ASSIGNMENT...
  local name=$1 title=$2
  shift 2
  local sets=()
  for assignment in "name='$name'" "$@"; do sets+=(--set "$assignment"); done
  { printf '# %s\n#\n#     lanet train %s --data FOLDER\n\n' "$title" "$name"
    "$lanet" train "$empty" "${sets[@]}" --show; } > "configs/$name.toml.tmp"
  mv "configs/$name.toml.tmp" "configs/$name.toml"
}

for size in 256 512; do
  for depth in 18 50; do
    preset "paper_r${depth}_${size}" "The paper's setting: ResNet-$depth, $size px." \
      network.backbone=resnet$depth input_size=$size
  done
done

# Our own: the bundled ImageNet weights in the scaling that they expect, one grey channel, the mask on a grid of input / 8, and a learning
# rate that falls. The mask starts at the lesions' usual share of an image. With 224 px and more the finer grid lifts the ceiling of JSI from about .5 to about .9.
lite0=(network.backbone=efficientnet_lite0 network.scaling=backbone network.stem_channels=1 network.mask_level=2
       network.fusion_resize=area network.mask_prior=0.1 network.mask_gain=3 network.norm_momentum=0.1
       stage1.epochs=8 stage1.schedule=one_cycle stage2.epochs=40 stage2.schedule=one_cycle)
preset lite0_256 "EfficientNet-Lite0 with the bundled ImageNet weights, 256 px." input_size=256 "${lite0[@]}"
pyramid=(network.head=pyramid network.mask_level=1 localization.dice_weight=1 stage1.epochs=3 stage2.epochs=27 stage2.average=0.99
         stage2.choose=last)
preset lite0_pyramid_256 "Our best recipe: EfficientNet-Lite0, top-down pyramid to a mask of 64 x 64, BCE and Dice, averaged weights." \
  input_size=256 "${lite0[@]}" "${pyramid[@]}"
preset lite2_pyramid_320 "EfficientNet-Lite2 with 320 px and a mask of 80 x 80, else as lite0_pyramid_256; import its ImageNet weights first (models/README.md)." \
  input_size=320 "${lite0[@]}" "${pyramid[@]}" network.backbone=efficientnet_lite2
preset demo "What ./run demo trains on the bundled sample: small and short, to be seen working." input_size=160 "${lite0[@]}" \
  stage1.epochs=14 stage2.epochs=20 stage2.learning_rate=5e-4 stage2.start=all "data.manifest='demo/data'" "runs_folder='demo'"
