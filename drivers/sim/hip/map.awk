# SPDX-License-Identifier: Apache-2.0
# functions.def -> a version script: one node per release, each after the one before it.
/^FN\(/ {
    gsub(/FN\(|\)|,/, "")
    node = $2
    names[node] = names[node] "    " $1 ";\n"
    if (!(node in seen)) { seen[node] = 1; nodes[++count] = node }
}
END {
    for (i = 1; i <= count; i++)
        for (k = i + 1; k <= count; k++)
            if (nodes[k] < nodes[i]) { t = nodes[i]; nodes[i] = nodes[k]; nodes[k] = t }
    for (i = 1; i <= count; i++) {
        version = nodes[i]
        sub(/hip_/, "", version); sub(/_/, ".", version)
        printf "hip_%s {\nglobal:\n%s%s}%s;\n", version, names[nodes[i]], i == 1 ? "local: *;\n" : "", i == 1 ? "" : " hip_" before
        before = version
    }
    print "TENON_SIM_1 {\nglobal:\n    tenon_sim_*;\n};"
}
