#!/usr/bin/env bash
# All tests: the fast ones, the Python package's, the slow ones on the embedded AWS (real Spark, real Hudi), and a sample of
# the chaos suite that a seed chooses: the commit's own, so a commit has one result (printed; METRICCARE_CHAOS_SEED=<n> takes
# another). scripts/chaos.sh runs more of that, or all.
# Ends with one line `N passed, N failed, N skipped` over all of them; exit code 0 only when nothing failed.
set -uo pipefail
cd "$(dirname "$0")/.."
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
status=0
commit=$(git rev-parse --short=7 HEAD 2>/dev/null) || commit=0
export METRICCARE_CHAOS_SEED="${METRICCARE_CHAOS_SEED:-$((16#${commit:0:7}))}" METRICCARE_CHAOS_SAMPLE=small
run() {
  echo "== $1"
  shift
  "$@" || status=1
}
run "format" npx prettier --check --log-level warn .
run "lint" npx oxlint --deny-warnings src test scripts bench
run "types" npx tsc --noEmit -p .
run "build" node scripts/build.mjs
# First, because the front's tests read Glue's model from it and the Python tests take its jars.
run "runtime of the embedded AWS" node bin/metriccare local up
run "and down again" node bin/metriccare local down
run "fast tests" npx vitest run --reporter=default --reporter=json --outputFile.json="$reports/fast.json"
run "Python tests" env METRICCARE_PYTEST_REPORT="$reports/python.xml" bash scripts/test-python.sh
run "slow tests (METRICCARE_CHAOS_SEED=$METRICCARE_CHAOS_SEED)" env METRICCARE_SLOW=1 npx vitest run --reporter=default --reporter=json --outputFile.json="$reports/slow.json"
node scripts/sum-tests.mjs "$reports" || status=1
exit $status
