#!/usr/bin/env bash
# Chaos: the real command line against an emulator through a fault proxy. Apply, update and destroy cut off: every account
# that a cut at any call can leave (as it is after each change, the changes in an order that a seed chooses) and SIGKILL
# itself at every twentieth call (before, in the middle of or after the answer). Twenty seeds of noise, fifty pairs of
# applies at once, lost and silent lines, signals, an AWS with its manners, emptying, and SIGKILL of commands and of the
# demo at work on the embedded AWS.
#   scripts/chaos.sh sample        some of each, chosen by a seed that is printed: minutes. METRICCARE_CHAOS_SEED repeats it
#   scripts/chaos.sh               the whole, with fixed seeds: hours
#   scripts/chaos.sh 2/8           the second of eight parts (8 is no multiple of 3: all three kinds of cut are in each part)
# The pipeline under fire (test/chaos/pipeline.slow.test.ts) is a case of its own: METRICCARE_CHAOS_SEEDS says how many seeds.
# What follows goes to vitest: `scripts/chaos.sh sample -t "cut off"`. METRICCARE_TEST_ENDPOINT names another emulator;
# of one that is no moto there are no copies: each cut has its whole way to go, and only the SIGKILLs are run.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" != sample ]; then
  part=${1:-1/1}
  if ! [[ $part =~ ^[1-9][0-9]*/[1-9][0-9]*$ ]] || [ "${part%/*}" -gt "${part#*/}" ]; then
    echo "error there is no part \`$part\`: use sample, nothing for the whole, or n/m with n up to m (2/8)" >&2
    exit 64
  fi
  export METRICCARE_CHAOS_FULL=1 METRICCARE_CHAOS_PART="${1:-1/1}"
fi
node scripts/build.mjs
METRICCARE_SLOW=1 npx vitest run --reporter=verbose --exclude "test/chaos/pipeline*" test/chaos "${@:2}"
