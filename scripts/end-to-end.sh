#!/usr/bin/env bash
# The stories of whole pipelines on the embedded AWS, all of them: the main job, the demo, operating it, the original project's
# infrastructure, poisoned files. `npm test` tells those that its seed chooses. What follows goes to vitest.
set -euo pipefail
cd "$(dirname "$0")/.."
node scripts/build.mjs
METRICCARE_SLOW=1 npx vitest run --reporter=verbose test/end-to-end/{main-job,demo,original,poison}.slow.test.ts \
  test/operate/operating.slow.test.ts "$@"
