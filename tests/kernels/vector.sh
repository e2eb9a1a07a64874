#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One of the kernel programs with the bundle made with --vector=all. Usage: vector.sh NAME; TENON_BUILD names the build.
exec "$TENON_BUILD/tests/kernels-$1" "$TENON_BUILD/tests/kernels/$1-vector.tnb"
