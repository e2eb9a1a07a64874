#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make demo`: lists the devices, runs the small samples, and runs semantic search with a real model on every device.
# TENON_BUILD names the build directory; TENON_SIM the simulated devices, if not one of each class. Results go to
# $TENON_BUILD/demo.json. Where the model can't be had, that is said first and last, and the samples alone decide.
set -eu

build=${TENON_BUILD:-build}
here=$(dirname "$0")
search=$here/semantic_search
: "${TENON_SIM:=ascend910b,bw1000,a100,s5000}"
export TENON_SIM

missing=
model=$("$search/fetch_model.py" ${TENON_CACHE_DIR:+"$TENON_CACHE_DIR"} 2>"$build/fetch.log") || {
    missing="The model could not be fetched, so semantic search does not run: $(tail -n 1 "$build/fetch.log")"
    printf '%s\n\n' "$missing"
}

printf '== Devices (TENON_SIM=%s)\n\n' "$TENON_SIM"
"$build/bin/tenon" info

failed=0
printf '\n== Samples\n'
for sample in hello vector_add two_streams gemm_all_devices compile errors; do
    printf '\n-- %s\n' "$sample"
    timeout 300 "$build/samples/$sample" || {
        echo "$sample failed (exit $?)"
        failed=1
    }
done

rm -f "$build/demo.json"
if [ -n "$model" ]; then
    printf '\n== Semantic search, all-MiniLM-L6-v2, on every device\n\n'
    timeout 1500 "$build/samples/semantic_search" --model "$model" --text "$search/corpus.txt" \
        --reference "$search/reference.safetensors" --json "$build/demo.json" || failed=1
    if [ -f "$build/demo.json" ]; then
        "$search/check_demo.py" "$build/demo.json" "$TENON_SIM" || failed=1
    fi
fi

if [ -n "$missing" ]; then
    printf '\n%s\n' "$missing"
fi
if [ "$failed" -ne 0 ]; then
    printf '\nThe demo FAILED: see above.\n'
    exit 1
fi
