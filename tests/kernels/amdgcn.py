#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds all of kernels/ and amdgcn.cu as AMDGPU code objects, and reads what came out with a reader of its own.

What passes is a code object whose metadata agrees with the argument tables. It has not been run: that needs a chip.
"""
import glob
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TENONCC = os.path.join(os.environ.get("TENON_BUILD", os.path.join(ROOT, "build")), "bin/tenoncc")
MACHINES = {"gfx906": 0x2f, "gfx908": 0x30, "gfx90a": 0x3f, "gfx942": 0x4c}   # e_flags, low byte
TARGETS = ",".join("amdgcn:" + chip for chip in MACHINES)
failures = []


def want(good, what):
    if not good:
        failures.append(what)
        print("failed:", what)
    return good


def tenoncc(*args):
    run = subprocess.run([TENONCC, "-I" + os.path.join(ROOT, "include"), "-I" + ROOT, *args], capture_output=True, text=True)
    return run.returncode, run.stdout + run.stderr


# ---- formats ----
def sections(data):
    """Name to (type, flags, address, bytes) of an ELF64 file; duplicate names do not occur in what is read here."""
    table, = struct.unpack_from("<Q", data, 40)
    entry, count, names = struct.unpack_from("<HHH", data, 58)
    heads = [struct.unpack_from("<IIQQQQ", data, table + i * entry) for i in range(count)]
    strings = heads[names][4]
    out = {}
    for head in heads:
        name = data[strings + head[0]:data.index(b"\0", strings + head[0])].decode()
        body = data[head[4]:head[4] + head[5]] if head[1] != 8 else b""
        out[name] = (head[1], head[2], head[3], body)
    return out


def text(blob, at):
    return blob[at:blob.index(b"\0", at)].decode()


def kernel_table(blob):
    """Kernels with their arguments, by include/tenon/bundle.h."""
    head = struct.unpack_from("<8s14I", blob)
    kernels, kernel_bytes, _, arg_bytes = head[3:7]
    kernels_at, args_at, _, strings_at = head[9:13]
    out = {}
    for i in range(kernels):
        k = struct.unpack_from("<16I", blob, kernels_at + i * kernel_bytes)
        out[text(blob, strings_at + k[0])] = {"args_bytes": k[6], "static_local": k[8], "max_threads": k[10], "args": [
            struct.unpack_from("<IIIIBBB", blob, args_at + (k[4] + n) * arg_bytes) for n in range(k[5])]}
    return out


def images(path):
    """(kind, width, target, image, kernels) of a bundle."""
    parts = sections(open(path, "rb").read())
    for title in sorted(t for t in parts if t.startswith(".note.tenon.")):
        number = title.rsplit(".", 1)[1]
        note = parts[title][3][12 + 8:]
        kind, width = struct.unpack_from("<II", note, 4)
        _, flags, _, body = parts[".tenon.image." + number]
        yield (kind, width, text(note, 16), zlib.decompress(body[24:]) if flags & 0x800 else body,
               kernel_table(parts[".tenon.kernels." + number][3]))


def message(data, at=0):
    """One MessagePack value and where the next begins."""
    tag = data[at]
    at += 1

    def number(bytes_):
        return int.from_bytes(data[at:at + bytes_], "big"), at + bytes_

    def many(count, start):
        out = []
        for _ in range(count):
            value, start = message(data, start)
            out.append(value)
        return out, start

    def pairs(count, start):
        flat, start = many(2 * count, start)
        return dict(zip(flat[::2], flat[1::2])), start

    if tag < 0x80:
        return tag, at
    if tag < 0x90:
        return pairs(tag & 15, at)
    if tag < 0xa0:
        return many(tag & 15, at)
    if tag < 0xc0:
        return data[at:at + (tag & 31)].decode(), at + (tag & 31)
    if tag in (0xc2, 0xc3):
        return tag == 0xc3, at
    if 0xcc <= tag <= 0xcf:
        return number(1 << (tag - 0xcc))
    if 0xd9 <= tag <= 0xdb:
        count, start = number(1 << (tag - 0xd9))
        return data[start:start + count].decode(), start + count
    if tag in (0xdc, 0xdd):
        return many(*number(2 << (tag - 0xdc)))
    if tag in (0xde, 0xdf):
        return pairs(*number(2 << (tag - 0xde)))
    raise ValueError(f"MessagePack tag {tag:#x}")


def metadata(notes):
    name_bytes, bytes_, kind = struct.unpack_from("<III", notes)
    want(notes[12:12 + name_bytes] == b"AMDGPU\0" and kind == 32, "the note is NT_AMDGPU_METADATA")
    at = 12 + (name_bytes + 3 & ~3)
    return message(notes[at:at + bytes_])[0]


def symbols(parts):
    table, strings = parts[".dynsym"][3], parts[".dynstr"][3]
    for at in range(24, len(table), 24):
        name, info, _, section, value, size = struct.unpack_from("<IBBHQQ", table, at)
        yield text(strings, name), (info & 15, section, value, size)


# ---- checks ----
def check_kernel(what, kernel, meta, names, descriptor):
    rounded = kernel["args_bytes"] + 3 & ~3     # the back end rounds the whole up to words
    want(meta[".kernarg_segment_size"] == rounded, f"{what}: kernarg_segment_size")
    want(meta[".group_segment_fixed_size"] == kernel["static_local"] <= 65536, f"{what}: local memory")
    want(meta[".max_flat_workgroup_size"] == (kernel["max_threads"] or 1024), f"{what}: threads in a block")
    want(meta[".wavefront_size"] == 64, f"{what}: wave")
    args = meta.get(".args", [])
    want(len(args) == len(kernel["args"]), f"{what}: arguments")
    for n, (ours, theirs) in enumerate(zip(kernel["args"], args)):
        want((ours[1], ours[2]) == (theirs[".offset"], theirs[".size"]), f"{what}: place of argument {n}")
        want(theirs[".value_kind"] == ("global_buffer" if ours[4] == 1 else "by_value"), f"{what}: kind of argument {n}")
    local, _, size = struct.unpack_from("<III", descriptor)
    entry, = struct.unpack_from("<q", descriptor, 16)
    name = meta[".name"]
    want(local == kernel["static_local"] and size == rounded, f"{what}: sizes in the descriptor")
    want(names[name + ".kd"][2] + entry == names[name][2] and names[name][2] % 256 == 0, f"{what}: entry")


def check_object(label, chip, data, kernels):
    machine, = struct.unpack_from("<H", data, 18)
    kind, = struct.unpack_from("<H", data, 16)
    flags, = struct.unpack_from("<I", data, 48)
    want((kind, machine, data[7], data[8]) == (3, 224, 64, 2), f"{label}: header")
    want(flags & 0xff == MACHINES[chip], f"{label}: machine in e_flags")
    parts = sections(data)
    names = dict(symbols(parts))
    undefined = [n for n, s in names.items() if s[1] == 0]
    want(not undefined, f"{label}: undefined symbols {undefined}")
    meta = metadata(parts[".note"][3])
    want(meta["amdhsa.target"].split(":")[0] == "amdgcn-amd-amdhsa--" + chip, f"{label}: target in the metadata")
    want(meta["amdhsa.version"] == [1, 1], f"{label}: metadata of code object version 4")
    found = {k[".name"]: k for k in meta["amdhsa.kernels"]}
    want(set(found) == set(kernels), f"{label}: the same kernels in table and metadata")
    _, _, start, rodata = parts[".rodata"]
    for name, kernel in kernels.items():
        handle = names.get(name + ".kd", (0, 0, 0, 0))
        if not want(handle[0] == 1 and handle[3] == 64, f"{label}: {name}.kd is an object of 64 bytes"):
            continue
        want(names[name][0] == 2, f"{label}: {name} is a function")
        check_kernel(f"{label}: {name}", kernel, found[name], names, rodata[handle[2] - start:][:64])
    return names


def disassembled(label, data):
    """With LLVM's disassembler there, every instruction is one that it knows."""
    tool = shutil.which("llvm-objdump-19") or shutil.which("llvm-objdump")
    if not tool:
        return
    with tempfile.NamedTemporaryFile(suffix=".co") as f:
        f.write(data)
        f.flush()
        run = subprocess.run([tool, "-d", f.name], capture_output=True, text=True)
    want(run.returncode == 0 and "<unknown>" not in run.stdout and "s_endpgm" in run.stdout, f"{label}: disassembly")


def check_bundle(path, least):
    targets = set()
    for kind, width, chip, data, kernels in images(path):
        if kind != 4:
            continue
        label = f"{os.path.basename(path)} for {chip}"
        targets.add(chip)
        want(width == 64, f"{label}: width of the image")
        want(len(kernels) >= least, f"{label}: {len(kernels)} kernels")
        names = check_object(label, chip, data, kernels)
        disassembled(label, data)
        print(f"{label}: {len(kernels)} kernels, {len(data)} bytes")
        yield names
    want(targets == set(MACHINES), f"{path}: images for {sorted(targets)}")


def refused(source, options, status, words):
    with open("refused.cu", "w") as f:
        f.write(source)
    got, said = tenoncc(*options, "refused.cu", "-o", "refused.tnb")
    want(got == status and words in said, f"{' '.join(options)}: status {got}, wanted {status} and '{words}'; said: {said}")


def check_refusals():
    head = 'extern "C" __global__ void k(int *x)\n{\n    '
    for body, feature in (('printf("%d", x[0]);', "printf"), ("x[0] = malloc(4) != 0;", "malloc"), ("free(x);", "free"),
                          ("assert(x[0]);", "assert"), ("x[0] = (int)__globaltimer();", "the timer in nanoseconds")):
        refused(head + body + "\n}\n", ["--target=amdgcn"], 1,
                f"refused.cu:3: error: kernel k(int *) can't be built for target amdgcn:gfx906: {feature} is not supported")
    refused(head + 'asm volatile("frob.u32 %0, 1;" : "=r"(x[0]));\n}\n', ["--target=amdgcn"], 1, "frob")
    refused("__device__ int elsewhere(int);\n" + head + "x[0] = elsewhere(1);\n}\n", ["--target=amdgcn:gfx90a"], 1,
            "refused.cu:4: error: kernel k(int *) can't be built for target amdgcn:gfx90a: it calls _Z9elsewherei")
    refused(head + "__shared__ int a[20000];\n    a[x[0]] = 1;\n    x[1] = a[x[2]];\n}\n", ["--target=amdgcn:gfx942"], 1,
            "it has 80000 bytes of local memory at least; these chips have 65536")
    refused(head + "printf(0);\n}\n" + 'extern "C" __global__ void good(int *x) { x[0] = 1; }\n',
            ["--target=amdgcn", "--keep-going"], 0, "kernel k(int *) is left out of target amdgcn:gfx906")
    refused(head + "}\n", ["--target=sim,amdgcn:gfx936"], 2,
            "unknown chip 'gfx936'; amdgcn's chips are gfx906, gfx908, gfx90a, gfx942")
    refused(head + "}\n", ["--target=amdgpu"], 2, "unknown target 'amdgpu'; targets are sim, opencl-c, ptx, amdgcn:CHIP")


def check_container():
    source = os.path.join(ROOT, "kernels/vector.cu")
    status, said = tenoncc("--genco", "--target=sim,amdgcn,amdgcn:gfx90a", source, "-o", "both.co")
    want(status == 0, f"--genco with code objects: {said}")
    data = open("both.co", "rb").read()
    at, ids = 32, {}
    for _ in range(struct.unpack_from("<Q", data, 24)[0]):
        start, size, length = struct.unpack_from("<QQQ", data, at)
        ids[data[at + 24:at + 24 + length].decode()] = data[start:start + size]
        at += 24 + length
    for chip in ("gfx906", "gfx90a"):
        body = ids.get("hipv4-amdgcn-amd-amdhsa--" + chip, b"")
        want(len(body) > 64 and body[18] == 224, f"the container has a code object for {chip}")
    want(any(i.startswith("hip-tenon-sim--w") for i in ids), "the container has simulator images")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        status, said = tenoncc("--target=" + TARGETS, *sorted(glob.glob(os.path.join(ROOT, "kernels/*.cu"))), "-o", "kernels.tnb")
        if want(status == 0, f"kernels/ for amdgcn: {said}"):
            list(check_bundle("kernels.tnb", 21))
        for name in ("first.tnb", "second.tnb"):
            status, said = tenoncc("--target=" + TARGETS, "--compress", os.path.join(HERE, "amdgcn.cu"), "-o", name)
            want(status == 0, f"amdgcn.cu: {said}")
        for names in check_bundle("first.tnb", 8):
            want({"counter", "table", "ops"} <= set(names), "the host finds the variables")
            want(not any("hidden" in n or "tn_" in n for n in names), "the host finds nothing else")
        want(open("first.tnb", "rb").read() == open("second.tnb", "rb").read(), "the same input gives the same bytes")
        check_refusals()
        check_container()
        os.chdir("/")
    return 1 if failures else 0


sys.exit(main())
