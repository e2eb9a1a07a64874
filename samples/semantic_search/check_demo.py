#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks demo.json: every device that was asked for is there, near the reference, and all give the same answers.

    check_demo.py DEMO_JSON TENON_SIM
"""
import json
import sys

COSINE_LIMIT = 0.9999


def wanted(spec):
    """The number of simulated devices that a TENON_SIM names: "ascend910b:8,bw1000" is nine."""
    return sum(int(part.partition(":")[2] or 1) for part in spec.split(",") if part)


def main(path, spec):
    with open(path, encoding="utf-8") as f:
        devices = json.load(f)
    problems = []
    simulated = sum(d["simulated"] for d in devices)
    if simulated != wanted(spec):
        problems.append(f"{wanted(spec)} simulated devices were asked for with TENON_SIM={spec}, and {simulated} ran")
    if not any(d["driver"] == "opencl" for d in devices):
        problems.append("no OpenCL device ran; PoCL (pocl-opencl-icd) should be there: see `tenon info --explain`")
    for d in devices:
        if "error" in d:
            problems.append(f"{d['device']}: {d['error']}")
        elif not (d["cosine_min"] or 0) >= COSINE_LIMIT:
            problems.append(f"{d['device']}: cosine {d['cosine_min']} is below {COSINE_LIMIT}")
    answers = {json.dumps([[b["sentence"] for b in a["best"]] for a in d["answers"]]) for d in devices}
    if len(answers) != 1:
        problems.append(f"the devices give {len(answers)} different sets of answers")
    for p in problems:
        print(f"demo: {p}")
    if not problems:
        print(f"\n{len(devices)} devices, the same answers on all; results in {path}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
