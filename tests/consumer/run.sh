#!/usr/bin/env bash
# Installs a build (its folder is the argument), moves the installed tree, and uses it (use.sh). CMAKE and CXX name
# other programs than cmake and c++.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "${1:?help: give the build folder}" && pwd)
cmake=${CMAKE:-cmake}
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

"$here/use.sh" "$prefix"
