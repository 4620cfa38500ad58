#!/usr/bin/env bash
# Everything fast: format, lint, types, unit tests and the kind suite. The slow end-to-end runs in `npm test`.
set -euo pipefail
cd "$(dirname "$0")/.."
npx prettier --check --log-level warn .
npx oxlint --deny-warnings src test scripts bench
npx tsc --noEmit -p .
node scripts/build.mjs
npx vitest run "$@"
