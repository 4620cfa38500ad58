#!/usr/bin/env bash
# All tests: the fast ones, the Python package's, the slow ones on the embedded AWS (real Spark, real Hudi), and a sample of
# the chaos suite that a seed chooses: the commit's own, so a commit has one result (printed; METRICCARE_CHAOS_SEED=<n> takes
# another). scripts/chaos.sh runs more of that, or all.
# Two lanes run side by side, because each waits for much of its time: `spark` is what needs the embedded AWS and its Spark,
# `code` everything else. A line begins with its lane. METRICCARE_LANES=1 runs them one after the other.
# Ends with one line `N passed, N failed, N skipped` over all of them; exit code 0 only when nothing failed.
set -uo pipefail
cd "$(dirname "$0")/.."
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
commit=$(git rev-parse --short=7 HEAD 2>/dev/null) || commit=0
export METRICCARE_CHAOS_SEED="${METRICCARE_CHAOS_SEED:-$((16#${commit:0:7}))}" METRICCARE_CHAOS_SAMPLE=small
# The chaos suite's files on moto. Every other slow file, a new one too, is for the lane with Spark.
on_moto=(test/chaos/{aws-like,cut,emptying,lines,noise,signals,two}.slow.test.ts)

# One part. A failure leaves a mark, because a lane is a process of its own.
run() {
  local name=$1 since=$SECONDS
  shift
  echo "== $name"
  "$@" || { touch "$reports/failed" && echo "== $name: FAILED"; }
  echo "== $name: $((SECONDS - since)) s"
}
# `vitest <name of the report> …`
vitest() {
  npx vitest run --reporter=default --reporter=json --outputFile.json="$reports/$1.json" "${@:2}"
}
slow() {
  METRICCARE_SLOW=1 vitest "$@"
}
lane() {
  "$1" 2>&1 | sed -u "s/^/$1 | /"
}
spark() {
  run "slow tests on the embedded AWS" slow spark "${on_moto[@]/#/--exclude=}"
}
code() {
  run "fast tests" vitest fast
  run "Python tests" env METRICCARE_PYTEST_REPORT="$reports/python.xml" bash scripts/test-python.sh
  run "chaos on moto" slow moto "${on_moto[@]}"
}

echo "METRICCARE_CHAOS_SEED=$METRICCARE_CHAOS_SEED"
run "format" npx prettier --check --log-level warn .
run "lint" npx oxlint --deny-warnings src test scripts bench
run "types" npx tsc --noEmit -p .
run "build" node scripts/build.mjs
# First, because the front's tests read Glue's model from it and the Python tests take its jars.
run "runtime of the embedded AWS" node bin/metriccare local up
run "and down again" node bin/metriccare local down
if [ "${METRICCARE_LANES:-2}" = 1 ]; then
  lane code
  lane spark
else
  lane code &
  lane spark
  wait
fi
node scripts/sum-tests.mjs "$reports" || touch "$reports/failed"
[ ! -e "$reports/failed" ]
