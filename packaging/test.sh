#!/usr/bin/env bash
# ./packaging/test.sh [ctest arguments]: the set-up of run.sh, then every test, without a display.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/common.sh"

"$here/dependencies.sh"
"$here/build.sh" all
cd "$root"
export QT_QPA_PLATFORM=offscreen
exec ctest --preset release "$@"
