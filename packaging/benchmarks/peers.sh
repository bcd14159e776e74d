#!/usr/bin/env bash
# ./packaging/benchmarks/peers.sh [--fresh] [--rounds N] [--only ROW,...] [--json FILE]: measures Tiller beside the
# field's tools on this machine and prints a Markdown table. The peers go to build/peers, where a second run finds
# them; --fresh installs them anew. llama.cpp is compiled for this processor, as Tiller is.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/../common.sh"

requirements=(
    llama-cpp-python==0.3.36
    torch==2.15.0 transformers==4.57.6 gguf==0.19.0
    steering-vectors==0.12.2 rotalabs-steer==1.2.0
)
peers=$root/build/peers
python=$peers/venv/bin/python

installPeers() {
    holds "$peers/stamp" "${requirements[*]}" && return
    say "Installing the peers in build/peers (about 6 GB, llama.cpp takes a while to compile)"
    rm -rf "$peers/venv" "$peers/stamp"
    /usr/bin/python3 -m venv "$peers/venv" || fail "the peers need the package python3-venv"
    CMAKE_ARGS="-DGGML_NATIVE=ON -DGGML_BLAS=OFF -DLLAVA_BUILD=OFF" \
        "$python" -m pip install --quiet --disable-pip-version-check \
        --no-binary llama-cpp-python "${requirements[@]}" >"$peers/install.log" 2>&1 ||
        fail "the peers could not be installed; see $peers/install.log"
    printf '%s\n' "${requirements[*]}" >"$peers/stamp"
}

options=()
for option in "$@"; do
    case $option in
    -h | --help) exec /usr/bin/python3 "$here/compare.py" --help ;;
    --fresh) rm -rf "$peers" ;;
    *) options+=("$option") ;;
    esac
done
mkdir -p "$peers"
[[ -x $build/bin/tiller-cli ]] || fail "tiller-cli is not built: packaging/run.sh --no-start builds it"
installPeers
exec "$python" "$here/compare.py" --tiller "$build/bin/tiller-cli" --folder "$peers" \
    --contrast "$root/resources/contrast_sets/formality.json" "${options[@]}"
