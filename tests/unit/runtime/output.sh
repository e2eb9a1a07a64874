#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What tenon can't write it does not call written: a full disk and a closed standard output are failures.
set -u
tenon=$TENON_BUILD/bin/tenon
TENON_SIM=null:1
export TENON_SIM
"$tenon" info > /dev/null || { echo "tenon info fails"; exit 1; }
if "$tenon" info > /dev/full 2> /dev/null; then echo "a full disk went unnoticed"; exit 1; fi
if "$tenon" info >&- 2> /dev/null; then echo "a closed standard output went unnoticed"; exit 1; fi
echo "written, or said so"
