#!/usr/bin/env bash
# Installs a build (its folder is the argument), moves the installed tree, and builds a project against it in two ways:
# with find_package and with pkg-config. CMAKE and CXX name other programs than cmake and c++.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "${1:?help: give the build folder}" && pwd)
cmake=${CMAKE:-cmake} cxx=${CXX:-c++}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/first" >"$work/install.log" || { cat "$work/install.log"; exit 1; }
mv "$work/first" "$work/moved place"
prefix="$work/moved place"
# A path begins behind an option or what is no part of one: a clone in /basin is not the one in share/basin/.
named() { printf '(^|-[IL]|[^[:alnum:]_.+/-])%s' "$(sed 's/[][\.*^$+?(){}|]/\\&/g' <<<"$1")"; }
paths=(-e "$(named "$work/first")" -e "$(named "$build")" -e "$(named "$(dirname "$(dirname "$here")")/")")
if grep -rlE "${paths[@]}" "$prefix" --include='*.cmake' --include='*.pc' --include='*.h'; then
  echo "the files above hold paths of the machine that built them"
  exit 1
fi

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
