#!/usr/bin/env bash
# Tests of the data path (glue-scripts): lint, then pytest with Glue 5.0's Python, boto3 and Spark in an environment of
# their own under .metriccare. METRICCARE_PYTEST_REPORT names a file for a JUnit report; arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.metriccare/test-venv
wanted=test/python/requirements.txt

python=python3
python3.11 -c "" 2>/dev/null && python=python3.11
if ! cmp -s "$wanted" "$venv/installed.txt"; then
  echo "installing what the Python tests need into $venv"
  rm -rf "$venv"
  "$python" -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
  cp "$wanted" "$venv/installed.txt"
fi

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
report=()
[ -n "${METRICCARE_PYTEST_REPORT:-}" ] && report=(--junitxml "$METRICCARE_PYTEST_REPORT")
METRICCARE_JARS="$jars" exec "$venv/bin/python" -m pytest ${report[@]+"${report[@]}"} "$@"
