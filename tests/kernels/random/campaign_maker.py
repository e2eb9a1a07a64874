#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the kernels of a range of seeds, k<SEED> each; a kernel depends on its seed alone. Those that use warp operations have a
file of their own, since they are compiled once for each width.

usage: campaign_maker.py FIRST COUNT DIR      writes DIR/plain.cu, DIR/warps.cu
"""
import sys

import random_kernels
import random_tiles
import random_vectors
import random_warps
from random_source import rnd

WORDS = "_sync(", "ballot_count(", "vote(", "present(", "tickets(", "__syncwarp("   # what uses warps
MAKERS = random_vectors, random_kernels, random_vectors, random_warps, random_vectors, random_kernels, random_tiles, random_warps
SIZES = (0.6, 1, 2), (0.87, 2, 4), (0.97, 4, 9), (1, 9, 26)   # small kernels find most and cost little


def kernel(seed):
    rnd.seed(seed)
    size = rnd.random()
    least, most = next((least, most) for up_to, least, most in SIZES if size < up_to)
    return MAKERS[seed % len(MAKERS)].Maker(least, most).kernel(f"k{seed}")


if __name__ == "__main__":
    first, count, out = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    made = [kernel(s) for s in range(first, first + count)]
    for name, wanted in ("plain", False), ("warps", True):
        with open(f"{out}/{name}.cu", "w") as f:
            f.write(random_kernels.HEAD + random_warps.HEAD + random_vectors.HEAD)
            f.write("\n".join(k for k in made if any(word in k for word in WORDS) == wanted))
