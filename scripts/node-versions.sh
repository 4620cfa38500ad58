#!/usr/bin/env bash
# The built command line and the fast tests of what touches Node most, on every Node that the README promises. The
# binaries come from npm's own package `node`. Other versions or tests: scripts/node-versions.sh "20.19.0 24" test/engine
set -euo pipefail
cd "$(dirname "$0")/.."
read -ra versions <<<"${1:-20.19.0 22 24}"
tests=("${@:2}")
[ ${#tests[@]} -gt 0 ] || tests=(test/engine test/ui test/config test/aws/proxy-rules.test.ts test/aws/identity.test.ts test/local/runtime/network.test.ts test/layers.test.ts)
node scripts/build.mjs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for version in "${versions[@]}"; do
  npm install --silent --no-save --prefix "$work/$version" "node@$version"
  node="$work/$version/node_modules/node/bin/node"
  echo "== Node $("$node" --version)"
  "$node" bin/metriccare --version
  for command in "validate --env dev" "validate --env prod" "graph --env dev" "outputs --env local --json"; do
    read -ra words <<<"$command"
    "$node" bin/metriccare "${words[@]}" >/dev/null
  done
  # vitest starts its workers with the Node that it runs on; child processes of tests find it first on the PATH.
  PATH="$(dirname "$node"):$PATH" "$node" node_modules/vitest/vitest.mjs run "${tests[@]}"
done
