#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The small samples on a simulator of each class and on the OpenCL device: each must end with 0, and without any device
# they must say so and end with 1.
set -u

build=${TENON_BUILD:-build}
failed=0
for devices in ascend910b bw1000 a100 v100 s5000 ''; do
    for sample in hello vector_add gemm_all_devices two_streams compile errors; do
        if output=$(TENON_SIM=$devices timeout 60 "$build/samples/$sample" 2>&1); then
            continue
        elif [ -z "$devices" ] && printf '%s' "$output" | grep -q 'There is no device'; then
            echo "$sample: no OpenCL device here"
        else
            printf '%s on %s failed:\n%s\n' "$sample" "${devices:-OpenCL}" "$output"
            failed=1
        fi
    done
    echo "${devices:-OpenCL}: six samples"
done

# Nothing simulated, and an OpenCL loader that is told of no device.
if output=$(TENON_SIM='' OCL_ICD_VENDORS=/nonexistent timeout 60 "$build/samples/hello" 2>&1); then
    printf 'this machine has a device of its own:\n%s\n' "$output"
elif ! printf '%s' "$output" | grep -q 'There is no device'; then
    printf 'hello without a device says:\n%s\n' "$output"
    failed=1
fi
exit $failed
