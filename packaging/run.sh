#!/usr/bin/env bash
# ./packaging/run.sh [--no-start] [tiller arguments]: sets up what is missing, builds what has changed, starts Tiller.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/common.sh"

start=yes
if [[ ${1:-} == --no-start ]]; then
    start=no
    shift
fi

"$here/dependencies.sh"
"$here/build.sh" tiller tiller-cli
if [[ $start == no ]]; then
    say "Built $build/bin/tiller and $build/bin/tiller-cli"
    exit
fi
exec "$build/bin/tiller" "$@"
