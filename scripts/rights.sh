#!/usr/bin/env bash
# Rights on the embedded AWS under enforced IAM: printed policies are enough and no more, and every statement of every role is
# missed by what uses it. `npm test` runs a part of it that its seed chooses. What follows goes to vitest.
set -euo pipefail
cd "$(dirname "$0")/.."
node scripts/build.mjs
METRICCARE_SLOW=1 npx vitest run --reporter=verbose test/end-to-end/{rights,role-rights}.slow.test.ts "$@"
