#!/usr/bin/env bash
# Uses an installed basin, whose prefix is the argument, as others do: runs its programs, and builds a project against
# it in two ways, with find_package and with pkg-config. CMAKE and CXX name other programs than cmake and c++.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prefix=${1:?help: give the prefix}
cmake=${CMAKE:-cmake} cxx=${CXX:-c++}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "== programs"
[[ $(ls "$prefix"/bin) == *basin* && ! -e $prefix/bin/train_mlp ]]
(
  cd "$work"
  "$prefix/bin/basin" train_mlp --epochs 1 --quiet
  "$prefix/bin/basin" interaction_graph --run runs/train_mlp/digits-seed0 --quiet
  "$prefix/bin/basin" page --run runs/interaction_graph/* | xargs grep -l '</html>'
)
[[ $("$prefix/bin/basin" help page) == *'basin page --run'* ]]
[[ $(zcat "$prefix/share/man/man1/basin-page.1.gz") == *'basin page'* ]]
[[ -s $prefix/share/doc/basin/html/docs/theory.html ]]

echo "== find_package"
"$cmake" -G Ninja -S "$here" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx" \
  >"$work/configure.log" || { cat "$work/configure.log"; exit 1; }
"$cmake" --build "$work/cmake"
"$work/cmake/consumer"
"$work/cmake/tools" --count 4

echo "== pkg-config"
# pkg-config quotes for the shell, so the flags are read by one.
export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name basin.pc)")
eval "flags=($(pkg-config --cflags --libs basin))"
"$cxx" -std=c++20 "$here/main.cpp" -o "$work/consumer" "${flags[@]}"
"$work/consumer"

echo "== README's lines"
# Inputs of zeros: 2 samples of 64 numbers.
header="{'descr': '<f8', 'fortran_order': False, 'shape': (2, 64), }"
(
  cd "$work"
  cp runs/train_mlp/digits-seed0/checkpoints/epoch-0001.safetensors net.safetensors
  { printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "$header"; head -c $((2 * 64 * 8)) /dev/zero; } >x.npy
  "$cxx" -std=c++20 "$here/../../examples/count.cpp" -o count "${flags[@]}"
  counted=$(./count)
  [[ $counted == $("$prefix/bin/basin" degeneracy --weights net.safetensors --inputs x.npy --json |
    sed -n 's/^  "free_directions": \([0-9]*\),$/\1/p') ]]
  echo "$counted free directions"
)
