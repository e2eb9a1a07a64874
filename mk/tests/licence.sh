#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each source file says its licence in its first lines, and none says another one.
set -eu
failed=0
files=$(git ls-files --cached 2>/dev/null || find . -path ./.git -prune -o -path './build*' -prune -o -type f -print)
count=0
for file in $files; do
    [ -f "$file" ] || continue
    case $file in
    *.c | *.h | *.cc | *.cu | *.cuh | *.S | *.py | *.sh | *.mk | *.map | *.cl | *.ini | *Makefile | *run-tests | .ci/run)
        count=$((count + 1))
        head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || {
            echo "$file: no line 'SPDX-License-Identifier: Apache-2.0' at its top"
            failed=1
        }
        ;;
    esac
done
[ "$count" -gt 0 ] || { echo "no source file found"; exit 1; }
grep -q 'Apache License' LICENSE || { echo "LICENSE is not the Apache licence"; failed=1; }
echo "$count files"
exit $failed
