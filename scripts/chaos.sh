#!/usr/bin/env bash
# The whole chaos: cuts at every call of apply, update and destroy (before and after the answer), twenty seeds of noise,
# fifty pairs of applies at once, signals, an AWS with its manners, emptying. Hours; `npm test` runs a sample of it.
# `scripts/chaos.sh 2/41` runs the second of 41 parts (an odd number: every other case is "before", every other "after").
# METRICCARE_CHAOS_SEED repeats what a sample did; the whole has fixed seeds.
set -euo pipefail
cd "$(dirname "$0")/.."
node scripts/build.mjs
METRICCARE_SLOW=all METRICCARE_CHAOS_FULL=1 METRICCARE_CHAOS_PART="${1:-1/1}" npx vitest run --reporter=verbose test/chaos "${@:2}"
