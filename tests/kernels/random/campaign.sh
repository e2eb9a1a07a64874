#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The part of the campaign that `make check` runs: seeds FIRST..LAST, anew each time, and single ones that once found something. Then
# two kernels whose threads race are given to it, which must be seen as a difference, and one that it can't compile.
# Usage: campaign.sh FIRST..LAST SEED...
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
campaign="$TENON_BUILD/obj/campaign/campaign"
lib=$(cd "$TENON_BUILD/lib/tenon" && pwd)
for seeds in "$@"; do
    case $seeds in *..*) ;; *) seeds=$seeds..$seeds ;; esac
    "$campaign" --resources="$lib" --maker="$root/tests/kernels/random/campaign_maker.py" --state="$dir/state" "$seeds" || {
        cat "$dir"/state/seed-*/report.txt "$dir"/state/seed-*/small.cu "$dir"/state/batch-*.txt 2> "$dir/none" || :
        exit 1
    }
done
# The range is done, and says so when it is asked again.
"$campaign" --resources="$lib" --maker="$root/tests/kernels/random/campaign_maker.py" --state="$dir/state" "$1" | grep -q 'going on'

cat > "$dir/race.cu" <<'CU'
extern "C" __global__ void k5(const unsigned *in, unsigned *out, unsigned n)
{
    out[threadIdx.x] = in[0] + n;
    if (threadIdx.x)
        out[threadIdx.x - 1] = 5;
    out[threadIdx.x] += 1;
}
CU
status=0
"$campaign" --resources="$lib" --check="$dir/race.cu" 5 > "$dir/out" || status=$?
if [ $status != 1 ] || ! grep -q 'seed 5: vector=all, width 32' "$dir/out"; then
    echo "a race was not seen: $status" && cat "$dir/out"
    exit 1
fi
# What was drawn for a batch can be had again for one kernel.
status=0
"$campaign" --resources="$lib" --check="$dir/race.cu" --way=2 5 > "$dir/out" || status=$?
if [ $status != 1 ] || ! grep -q 'seed 5: vector=all, width 64, native, block 64x1x1' "$dir/out"; then
    echo "a race was not seen as batch 2 has it: $status" && cat "$dir/out"
    exit 1
fi
echo 'nonsense' > "$dir/race.cu"
status=0
"$campaign" --resources="$lib" --check="$dir/race.cu" 5 > "$dir/out" 2>&1 || status=$?
[ $status = 0 ] || [ $status = 3 ] || { echo "nonsense gave $status"; exit 1; }
"$campaign" 5 > "$dir/out" 2>&1 && exit 1
exit 0
