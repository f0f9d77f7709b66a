#!/usr/bin/env bash
# Installs the Debian packages that are missing of those in packages.txt, or in another list: scripts/bootstrap.sh LIST.
# Says what it will do; says nothing when there is nothing to do. Messages go to stderr.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

list=${1:-packages.txt}

say() { printf 'bootstrap: %s\n' "$*" >&2; }

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  say "no Debian package tools here, nothing was installed; help: install what $list names in your system's way"
  exit 0
fi

missing=()
while read -r package _; do
  [[ -z $package || $package == \#* ]] && continue
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done <"$list"
((${#missing[@]})) || exit 0

command="apt-get install --no-install-recommends ${missing[*]}"
as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null || ! { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
    say "these packages are missing: ${missing[*]}"
    say "installing them needs root, and sudo is not here or asks for a password; help: as root, type"
    say "  apt-get update && $command"
    exit 1
  fi
  as_root=(sudo)
fi

say "installing ${#missing[@]} Debian packages: ${missing[*]}"
apt() {
  ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
    apt-get --quiet --quiet -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" >&2
}
if ! apt update || ! apt install --yes --no-install-recommends "${missing[@]}"; then
  say "apt-get failed, see above; help: mend it and type: apt-get update && $command"
  exit 1
fi
say "done"
