#!/usr/bin/env bash
# Everything fast, side by side: format, lint, types, what nobody uses, build, and the tests that need no server. What they
# remember from run to run lies under node_modules/.cache. The rest is in `npm test`. Arguments go to vitest.
set -uo pipefail
cd "$(dirname "$0")/.."
cache=node_modules/.cache/check
mkdir -p "$cache"

part() {
  local name=$1 said
  shift
  said=$("$@" 2>&1) && echo "$name: good" && return
  printf '%s\n%s: FAILED\n' "$said" "$name"
  return 1
}
written() {
  local bad=0
  part lint npx oxlint --deny-warnings src test scripts bench &
  local lint=$!
  part unused npx knip --no-progress --cache --cache-location "$cache/knip" || bad=1
  part format npx prettier --check --log-level warn --cache --cache-strategy content --cache-location "$cache/prettier" . || bad=1
  part types npx tsc --noEmit -p . --incremental --tsBuildInfoFile "$cache/types.tsbuildinfo" || bad=1
  wait "$lint" || bad=1
  return "$bad"
}

# First: tests run what is built.
part build node scripts/build.mjs || exit 1
written &
others=$!
npx vitest run --project unit "$@"
tests=$?
wait "$others" && [ "$tests" = 0 ]
