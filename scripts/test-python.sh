#!/usr/bin/env bash
# Tests of the data path (glue-scripts): lint, then pytest with Glue 5.0's Python, boto3 and Spark in an environment of
# their own under .metriccare. Arguments go to pytest. METRICCARE_PYTEST_REPORT names a file for a JUnit report of all tests, and
# a second one beside it; floors of coverage are held then.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.metriccare/test-venv
wanted=test/python/requirements.txt

python=python3
python3.11 -c "" 2>/dev/null && python=python3.11
library=lib/$("$python" -c 'import sys; print("python%d.%d/site-packages" % sys.version_info[:2])')
if ! cmp -s "$wanted" "$venv/installed.txt" || [ ! -e "$venv/$library/pyspark/version.py" ]; then
  echo "installing what the Python tests need into $venv"
  rm -rf "$venv"
  "$python" -m venv "$venv"
  # Spark is 300 MB: the local runtime's serves here too where it is there (with its metadata, so pip counts it in)
  for part in pyspark pyspark-3.5.4.dist-info py4j py4j-0.10.9.7.dist-info; do
    [ -e ".metriccare/runtime/venv/$library/$part" ] || continue
    ln -s "$PWD/.metriccare/runtime/venv/$library/$part" "$venv/$library/$part"
  done
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
  cp "$wanted" "$venv/installed.txt"
fi
case $library in *python3.11/*) ;; *) echo "note: Glue 5.0 has Python 3.11; these tests run with $("$python" --version)" ;; esac

# the jars of the local runtime, wherever it has put them; else our own copy
jars=${METRICCARE_JARS:-}
for folder in .metriccare/runtime/jars "${XDG_CACHE_HOME:-$HOME/.cache}/metriccare/jars" .metriccare/test-jars; do
  [ -n "$jars" ] && break
  if [ -e "$folder/hudi-spark3.5-bundle_2.12-0.15.0.jar" ] && [ -e "$folder/hadoop-aws-3.3.4.jar" ]; then jars=$folder; fi
done
if [ -z "$jars" ]; then
  jars=.metriccare/test-jars
  echo "fetching the Hudi jars into $jars"
  mkdir -p "$jars"
  "$venv/bin/python" test/python/fetch_jars.py src/local/requirements/jars.txt "$jars"
fi

"$venv/bin/ruff" check
"$venv/bin/ruff" format --check
"$venv/bin/python" -m mypy # the types of glue-scripts; four seconds, and half a second when little has changed
# Workers must find the same tests in the same order.
export METRICCARE_ORDER="${METRICCARE_ORDER:-$RANDOM}" METRICCARE_SEED="${METRICCARE_SEED:-$RANDOM}" METRICCARE_JARS="$jars"
echo "METRICCARE_ORDER=$METRICCARE_ORDER"
if [ -z "${METRICCARE_PYTEST_REPORT:-}" ]; then exec "$venv/bin/python" -m pytest "$@"; fi
# All of them: two workers have the files that want Spark, each with one that stays warm from file to file, and meanwhile
# those without run.
# shellcheck disable=SC2207
spark=($(grep -lE 'def \w+\(.*\bspark\b' test/python/test_*.py))
# Of those without Spark these hold floors of coverage, a little under what they reach. It would cost the others much.
measured=(test/python/test_{extract,function,ledger,ledger_receive,opening,owner,quality_rules,queries,reading,static}.py)
export COVERAGE_FILE="$venv/coverage"
# What only a test with Spark can reach, its queries among that, says nothing here about those without.
with_spark=$(grep -lE "^ *(from|import) pyspark|^from metriccare_etl.queries import .*Session" glue-scripts/*/*.py | paste -sd, -)
floor() {
  "$venv/bin/python" -m coverage report --include="glue-scripts/$1/*" --omit="$with_spark" --fail-under="$2" | tail -1
}
without_spark() {
  local failed=0
  "$venv/bin/python" -m coverage run --source=glue-scripts -m pytest --junitxml "$METRICCARE_PYTEST_REPORT" "${measured[@]}" || failed=1
  floor lambda 91 || failed=1
  floor metriccare_ledger 92 || failed=1
  floor metriccare_etl 88 || failed=1
  "$venv/bin/python" -m pytest --junitxml "${METRICCARE_PYTEST_REPORT%.xml}-light.xml" "${measured[@]/#/--ignore=}" "${spark[@]/#/--ignore=}" || failed=1
  return "$failed"
}
failed=0
without_spark &
"$venv/bin/python" -m pytest -n 2 --dist loadfile --durations 20 --junitxml "${METRICCARE_PYTEST_REPORT%.xml}-spark.xml" "${spark[@]}" || failed=1
wait $! || failed=1
exit "$failed"
