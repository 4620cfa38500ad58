#!/usr/bin/env bash
# Chaos in the pipeline: files come while events are lost, doubled and mixed, keys overwritten, and functions, scripts, Spark,
# the emulator and the front killed. After `ledger audit --repair` ledger and tables must be those of a quiet day.
#   scripts/pipeline-chaos.sh            30 days, their first seed by chance (it is printed): hours
#   scripts/pipeline-chaos.sh 5 1000     five days, seeds 1000 to 1004
# METRICCARE_CHAOS_GOLD=all computes all four Gold tables in each run instead of one. `npm test` runs one day.
set -euo pipefail
cd "$(dirname "$0")/.."
node scripts/build.mjs
export METRICCARE_CHAOS_SEEDS="${1:-30}"
if [ -n "${2:-}" ]; then export METRICCARE_CHAOS_SEED="$2"; fi
METRICCARE_SLOW=1 npx vitest run --reporter=verbose test/chaos/pipeline.slow.test.ts
