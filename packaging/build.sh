#!/usr/bin/env bash
# ./packaging/build.sh TARGET...: configures build/release where that is due and brings the targets up to date.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The largest source files, those with libtorch's headers, take the compiler 1.5 GB.
jobCount() {
    local cores kib limit
    cores=$(nproc)
    kib=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
    limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
    [[ $limit == max ]] || kib=$((limit / 1024 < kib ? limit / 1024 : kib))
    local fitting=$((kib / (2 * 1024 * 1024)))
    ((fitting >= 1)) || fitting=1
    echo $((fitting < cores ? fitting : cores))
}

# What the configuration depends on beyond the CMake files, which ninja watches itself: a build folder that was
# configured in another place, by an older preset or against other libraries starts afresh.
configuration() {
    printf '%s\n' "$root" "${CMAKE_PREFIX_PATH:-}" "${CXX:-}" |
        cat - "$root/CMakePresets.json" "$root/build/deps/sentencepiece/stamp" | sha256sum
}

configure() {
    local wanted
    wanted=$(configuration)
    [[ -f $build/build.ninja ]] && holds "$build/.configured" "$wanted" && return
    say "Configuring build/release"
    rm -f "$build/.configured"
    (cd "$root" && cmake --fresh --preset release >"$root/build/configure.log" 2>&1) || {
        grep -A12 'CMake Error' "$root/build/configure.log" >&2 || true
        fail "the configuration failed; see $root/build/configure.log"
    }
    printf '%s\n' "$wanted" >"$build/.configured"
}

lock
configure
cd "$build"
NINJA_STATUS='==> Building %f/%t ' ninja -j "$(jobCount)" "$@" >&2
