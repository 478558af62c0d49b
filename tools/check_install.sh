#!/usr/bin/env bash
# Installs a build, moves the tree, and uses it as others would: the program, the CMake package, the C and the Python example.
#
#     tools/check_install.sh BUILD_FOLDER
set -euo pipefail  # no grep -q and no head below: they close the pipe early, and its writer would fail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset LANET_HOME
export LANET_CACHE=$folder/cache
cmake --install "$1" --prefix "$folder/first" --component engine >"$folder/log"
mv "$folder/first" "$folder/moved"
image=$root/sample/Images/bus_0009-l.png
cd "$folder"
moved/bin/lanet predict breast_lite0 "$image" --out found >/dev/null 2>&1
decision=$(sed -n 's/.*"decision": "\(.*\)",*/\1/p' found/*.json)
[ -n "$decision" ]
cmake -S "$root/examples/c" -B example -DCMAKE_PREFIX_PATH="$folder/moved" >>"$folder/log"
cmake --build example >>"$folder/log"
example/find breast_lite0 "$image" | grep ": $decision," >/dev/null
python3 "$root/examples/python/find.py" moved/lib/liblanet.so breast_lite0 "$image" | grep " $decision " >/dev/null
if strings moved/bin/lanet moved/lib/liblanet.so | grep -F "$root/build" >/dev/null; then
  echo "the installed programs name the build folder" >&2
  exit 1
fi
echo "installed, moved and used: $decision"
