#!/usr/bin/env bash
# The main job with its three layers in one bucket and one database (three minutes): run it when you touch where tables lie.
set -euo pipefail
cd "$(dirname "$0")/.."
METRICCARE_SLOW=1 METRICCARE_LONG=1 npx vitest run test/end-to-end/shared-lake.slow.test.ts "$@"
