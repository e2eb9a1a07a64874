#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Assembles the PTX images of the kernels' bundle with ptxas, where a CUDA toolkit is present; skipped elsewhere.

What passes is well formed for that toolkit. It has not been run: that needs a chip.
"""
import glob
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib


def find_ptxas():
    known = [shutil.which("ptxas"), *sorted(glob.glob("/usr/local/cuda*/bin/ptxas"))]
    return next((path for path in known if path), None)


def ptx_images(path):
    """The PTX images of a bundle, by the format in include/tenon/bundle.h."""
    data = open(path, "rb").read()
    table, = struct.unpack_from("<Q", data, 40)
    entry, count, names = struct.unpack_from("<HHH", data, 58)
    sections = [struct.unpack_from("<IIQQQQ", data, table + i * entry) for i in range(count)]
    strings = sections[names][4]
    name = lambda s: data[strings + s[0]:data.index(b"\0", strings + s[0])].decode()
    by_name = {name(s): s for s in sections}
    for title, section in by_name.items():
        if not title.startswith(".note.tenon."):
            continue
        kind, = struct.unpack_from("<I", data, section[4] + 12 + 8 + 4)   # note header, "Tenon" padded, bytes
        if kind != 2:
            continue
        image = by_name[".tenon.image." + title.rsplit(".", 1)[1]]
        body = data[image[4]:image[4] + image[5]]
        if image[2] & 0x800:                                              # SHF_COMPRESSED
            body = zlib.decompress(body[24:])
        yield body.rstrip(b"\0").decode()


def takes(ptxas, architecture):
    """Whether this toolkit still, or already, knows the architecture."""
    run = subprocess.run([ptxas, f"-arch=sm_{architecture}", "-o", os.devnull, "-"], capture_output=True, text=True,
                         input=".version 6.0\n.target sm_70\n.address_size 64\n")
    return "is not defined" not in run.stdout + run.stderr


def main():
    ptxas = find_ptxas()
    if not ptxas:
        print("there is no CUDA toolkit with ptxas on this machine")
        return 77
    architectures = [a for a in (70, 75, 80, 90) if takes(ptxas, a)]
    if not architectures:
        print(f"{ptxas} knows none of sm_70, sm_75, sm_80, sm_90")
        return 77
    build = os.environ.get("TENON_BUILD", "build")
    images = list(ptx_images(os.path.join(build, "lib/tenon/kernels/kernels.tnb")))
    if not images:
        print("the kernels' bundle has no PTX image")
        return 1
    for text in images:
        kernels = re.findall(r"\.visible \.entry (\w+)", text)
        if len(kernels) < 10:
            print(f"a PTX image with {len(kernels)} kernels only")
            return 1
        for architecture in architectures:
            with tempfile.TemporaryDirectory() as folder:
                source = os.path.join(folder, "kernels.ptx")
                open(source, "w").write(text)
                run = subprocess.run([ptxas, f"-arch=sm_{architecture}", source, "-o", os.path.join(folder, "out.cubin")],
                                     capture_output=True, text=True)
            if run.returncode:
                print(f"ptxas for sm_{architecture}:\n{run.stdout}{run.stderr}")
                return 1
            print(f"{len(kernels)} kernels assembled for sm_{architecture}")
    # The twin: what is not PTX is refused.
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "broken.ptx")
        open(source, "w").write(images[0].replace(".visible .entry", ".visible .entri", 1))
        if subprocess.run([ptxas, f"-arch=sm_{architectures[-1]}", source, "-o", os.devnull], capture_output=True).returncode == 0:
            print("ptxas takes broken PTX")
            return 1
    return 0


sys.exit(main())
