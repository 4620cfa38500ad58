#!/usr/bin/env bash
# Chaos: the real command line against an emulator through a fault proxy. Cuts at every call of apply, update and destroy
# (before and after the answer), twenty seeds of noise, fifty pairs of applies at once, signals, an AWS with its manners,
# emptying.
#   scripts/chaos.sh sample        some of each, chosen by a seed that is printed: minutes. METRICCARE_CHAOS_SEED repeats it
#   scripts/chaos.sh               the whole, with fixed seeds: hours
#   scripts/chaos.sh 2/41          the second of 41 parts (odd, so that "before" and "after" take turns in each part)
# What follows goes to vitest: `scripts/chaos.sh sample -t "cut off"`. METRICCARE_TEST_ENDPOINT names another emulator.
set -euo pipefail
cd "$(dirname "$0")/.."
node scripts/build.mjs
if [ "${1:-}" != sample ]; then
  export METRICCARE_CHAOS_FULL=1 METRICCARE_CHAOS_PART="${1:-1/1}"
fi
METRICCARE_SLOW=all npx vitest run --reporter=verbose --exclude "test/chaos/pipeline*" test/chaos "${@:2}"
