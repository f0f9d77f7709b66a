#!/usr/bin/env bash
# Makes the Debian package of a build (its folder is the argument, build/release without), asks lintian, and tries it on
# a fresh Debian 12 in a folder of its own: installs it with what it depends on, runs programs, builds the project of
# tests/consumer against it, and follows README to an interaction graph. Needs root, debootstrap, lintian, the network
# and 3 GB of temporary files; takes minutes, most of them for downloads. Everything is removed at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:-build/release}

say() { printf 'check_package: %s\n' "$*"; }
for tool in cpack debootstrap lintian; do
  command -v "$tool" >/dev/null || { say "$tool is not here; help: apt-get install cmake debootstrap lintian"; exit 2; }
done
((EUID == 0)) || { say "wants to be root, for debootstrap and chroot"; exit 2; }

work=$(mktemp -d) root=
clean() {
  if [[ -n $root ]] && mountpoint -q "$root/proc"; then umount "$root/proc"; fi
  rm -rf --one-file-system "$work"
}
trap clean EXIT

say "making the package of $build"
(cd "$build" && cpack -G DEB -B "$work") >"$work/cpack.log" || { cat "$work/cpack.log"; exit 1; }
package=$(ls "$work"/basin_*.deb)
dpkg-deb --info "$package" | grep -E '^ (Package|Version|Installed-Size|Depends|Recommends):'

# The first is of Debian's own archive; basin.pc in /usr/lib/pkgconfig is found by whoever compiles for this machine.
not_here=initial-upload-closes-no-bugs,pkg-config-unavailable-for-cross-compilation
say "lintian"
lintian --fail-on error,warning --suppress-tags "$not_here" "$package"

say "a fresh Debian 12"
root=$work/root
mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
debootstrap --variant=minbase bookworm "$root" "${mirror:-http://deb.debian.org/debian}" >"$work/debootstrap.log" ||
  { tail "$work/debootstrap.log"; exit 1; }
if [[ -e /etc/apt/sources.list.d/debian.sources ]]; then
  rm -f "$root/etc/apt/sources.list"
  cp /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/"
fi
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
cp "$package" "$root/"
cp -r tests/consumer "$root/consumer"
cp -r examples "$root/examples"
mount --bind /proc "$root/proc"

inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"; }
say "installing it there"
inside sh -c 'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
  "/$1" g++ cmake ninja-build pkg-config' _ "$(basename "$package")" >"$work/install.log" 2>&1 ||
  { tail -n 40 "$work/install.log"; exit 1; }
say "using it there"
inside basin --help
inside /consumer/use.sh /usr
say "following README there"
sed -n '/^```sh/,/^```/{s/ *#.*//; /^basin /p}' README.md >"$root/readme.sh"
inside sh -euxc 'mkdir /new && cd /new && . /readme.sh && grep -c "module" runs/interaction_graph/seed0/graph.json'
inside apt-get remove --yes basin >"$work/remove.log" 2>&1
[[ ! -e $root/usr/bin/basin && ! -e $root/usr/libexec/basin ]]
say "all is well: $(basename "$package"), $(stat -c %s "$package") bytes"
