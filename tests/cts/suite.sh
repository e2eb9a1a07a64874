#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The conformance suite on one kind of device: suite.sh OPTION...; every driver must pass whole.
set -u
build=${TENON_BUILD:-build}
exec timeout 280 "$build/bin/tenon-cts" --timeout=30 "$@"
