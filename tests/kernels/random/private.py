#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A maker for run.sh that is not random: the kernels of private.cu, and the program that compares them with the oracle.

usage: private.py SEED COUNT DIR      writes DIR/random.cu, DIR/random.cc; the first two say nothing
"""
import pathlib
import re
import sys

TEXT = pathlib.Path(__file__).with_name("private.cu").read_text()
NAMES = re.findall(r"^KERNEL\((\w+),", TEXT, re.M) + re.findall(r'^extern "C" __global__ void (\w+)\(', TEXT, re.M)
OUT = pathlib.Path(sys.argv[3])
TABLE = ", ".join(f'{{ "{name}", {name} }}' for name in NAMES)
(OUT / "random.cu").write_text(TEXT)
(OUT / "random.cc").write_text(f'''#define __noinline__
#include "tests/kernels/random/oracle.h"
#include "random.cu"
static const struct {{ const char *name; Kernel *kernel; }} table[] = {{ {TABLE} }};
#include "tests/kernels/random/compare.h"
''')
