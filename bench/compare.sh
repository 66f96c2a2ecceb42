#!/usr/bin/env bash
# Holds the working tree against another commit: builds both, measures `decide` and `authenticate` with the bench of the working tree, and prints the
# ratio of each figure. Exit code 1: the working tree is slower than the tolerance allows.
#
#   bench/compare.sh REF [TOLERANCE=1.10] [ROUNDS=7]
set -euo pipefail
ref="${1:?usage: bench/compare.sh REF [TOLERANCE=1.10] [ROUNDS=7]}"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
temp="$(mktemp -d)"
trap 'rm -rf "$temp"' EXIT

# A copy of the commit, beside git's own state: nothing of it changes.
mkdir "$temp/there"
git -C "$root" archive "$ref" | tar -x -C "$temp/there"
if cmp -s "$root/package-lock.json" "$temp/there/package-lock.json"; then
  ln -s "$root/node_modules" "$temp/there/node_modules"
else
  (cd "$temp/there" && npm ci --no-audit --no-fund --silent)
fi
(cd "$temp/there" && npx --no-install tsup --no-dts --silent)

# Built into a folder of its own, where a later build does not replace what is being measured. Its dependencies are found from there.
ln -s "$root/node_modules" "$temp/node_modules"
(cd "$root" && npx --no-install tsup --no-dts --silent --out-dir "$temp/here")
cp "$root/package.json" "$temp/package.json"

cd "$root"
npx --no-install tsx bench/compare.ts \
  --here "$temp/here" --there "$temp/there/dist" --tolerance "${2:-1.10}" --rounds "${3:-7}"
