#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The conformance suite on one kind of device: suite.sh OPTION...; every driver must pass whole.
set -u
build=${TENON_BUILD:-build}
# CTS_ALONE: on one of the processors that this process may use.
if [ -n "${CTS_ALONE:-}" ]; then
    cpu=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)
    exec timeout 280 taskset -c "$cpu" "$build/bin/tenon-cts" --timeout=30 "$@"
fi
exec timeout 280 "$build/bin/tenon-cts" --timeout=30 "$@"
