# shellcheck shell=bash
# What the scripts beside this file share. Sourced, never run.

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
# shellcheck disable=SC2034 # for the scripts that source this
build=$root/build/release

say() { printf '==> %s\n' "$*" >&2; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# One set-up at a time in a checkout. The lock lasts until this process and what it started have ended.
lock() {
    mkdir -p "$root/build"
    exec 9>"$root/build/.lock"
    flock --nonblock 9 && return
    say "Waiting for another set-up of this checkout"
    flock 9
}

# holds FILE TEXT: whether FILE exists and is TEXT.
holds() { [[ -f $1 && $(<"$1") == "$2" ]]; }
