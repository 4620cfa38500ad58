#!/usr/bin/env bash
# All tests: the fast ones, the Python package's, the slow ones on the embedded AWS (real Spark, real Hudi), and a sample of
# the chaos suite that a seed chooses: the commit's own, so a commit has one result (printed; METRICCARE_CHAOS_SEED=<n> takes
# another). scripts/chaos.sh runs more of that, or all.
# Two lanes run side by side, because each waits for much of its time. `spark` takes the slow parts one after the other; `code`
# runs the fast tests and the Python tests, and then takes what is left of the slow parts, so that both end together. A line
# begins with its lane. METRICCARE_LANES=1 runs them one after the other.
# Ends with one line `N passed, N failed, N skipped` over all of them; exit code 0 only when nothing failed.
set -uo pipefail
cd "$(dirname "$0")/.."
reports=$(mktemp -d) taken=$(mktemp -d)
trap 'rm -rf "$reports" "$taken"' EXIT
commit=$(git rev-parse --short=7 HEAD 2>/dev/null) || commit=0
export METRICCARE_CHAOS_SEED="${METRICCARE_CHAOS_SEED:-$((16#${commit:0:7}))}" METRICCARE_CHAOS_SAMPLE=small
export METRICCARE_ORDER="${METRICCARE_ORDER:-$METRICCARE_CHAOS_SEED}" METRICCARE_SEED="${METRICCARE_SEED:-$METRICCARE_CHAOS_SEED}"

# Slow files by part, the longest first: what is taken last is short, and the lanes end together. `others` is what no part
# names, and so a new file too.
parts=(others rights pipeline moto jobs killed)
files_of() {
  case $1 in
    rights) echo test/end-to-end/{rights,role-rights}.slow.test.ts ;;
    killed) echo test/chaos/killed.slow.test.ts test/local/runtime/supervisor.slow.test.ts ;;
    jobs) echo test/local/spark/spark.slow.test.ts ;;
    pipeline) echo test/chaos/pipeline.slow.test.ts test/end-to-end/poison.slow.test.ts ;;
    moto) echo test/chaos/{aws-like,cut,emptying,lines,noise,signals,two}.slow.test.ts ;;
    others) for part in rights killed jobs pipeline moto; do printf -- '--exclude=%s ' $(files_of $part); done ;;
  esac
}

# One step. A failure leaves a mark, because a lane is a process of its own.
run() {
  local name=$1 since=$SECONDS
  shift
  echo "== $name"
  "$@" || { echo "== $name: FAILED" | tee -a "$taken/failed"; }
  echo "== $name: $((SECONDS - since)) s"
}
# `vitest <name of the report> …`
vitest() {
  npx vitest run --reporter=default --reporter=json --outputFile.json="$reports/$1.json" "${@:2}"
}
slow() {
  METRICCARE_SLOW=1 vitest "$@"
}
# Takes slow parts until none is left: whoever makes a part's folder has it.
slow_parts() {
  local part
  for part in "${parts[@]}"; do
    mkdir "$taken/$part" 2>/dev/null || continue
    # No path of ours has a blank.
    # shellcheck disable=SC2046
    run "slow tests: $part" slow "slow-$part" $(files_of "$part")
  done
}
lane() {
  "$1" 2>&1 | sed -u "s/^/$1 | /"
}
spark() {
  slow_parts
}
code() {
  # What the unit tests reach by themselves is what the floors are about; to measure the others too would cost them a third.
  run "unit tests, floors of coverage" vitest unit --project unit --coverage
  run "tests on servers" vitest served --project served
  run "Python tests" env METRICCARE_PYTEST_REPORT="$reports/python.xml" bash scripts/test-python.sh
  slow_parts
}
written() {
  run "lint" npx oxlint --deny-warnings src test scripts bench
  run "format" npx prettier --check --log-level warn .
  run "types" npx tsc --noEmit -p .
  run "unused" npx knip --no-progress
}

echo "METRICCARE_CHAOS_SEED=$METRICCARE_CHAOS_SEED"
run "build" node scripts/build.mjs
lane written &
written=$!
# Before the lanes, because the front's tests read Glue's model from it and the Python tests take its jars.
run "runtime of the embedded AWS" node bin/metriccare local up
run "and down again" node bin/metriccare local down
if [ "${METRICCARE_LANES:-2}" = 1 ]; then
  wait "$written"
  lane code
  lane spark
else
  lane code &
  lane spark
  wait
fi
[ ! -e "$taken/failed" ] || cat "$taken/failed"
node scripts/sum-tests.mjs "$reports" && [ ! -e "$taken/failed" ]
