/* SPDX-License-Identifier: Apache-2.0 */
/* The table, its ratios, and the JSON form. May use jansson. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/kernels/report.h"

static const cell *cell_of(const report *r, const struct row *row, const char *whose)
{
    for (unsigned i = 0; i < r->peer_count; i++)
        if (!strcmp(r->peers[i]->name, whose))
            return row->cells[i].measured && row->cells[i].right ? &row->cells[i] : NULL;
    return NULL;
}

double row_against(const report *r, const struct row *row, const char *whose)
{
    const cell *mine = cell_of(r, row, "tenon"), *theirs = cell_of(r, row, whose);
    return mine && theirs && mine->cpu.median > 0 ? theirs->cpu.median / mine->cpu.median : 0;
}

double row_against_better(const report *r, const struct row *row)
{
    double pocl = row_against(r, row, "pocl"), intel = row_against(r, row, "intel");
    return pocl > 0 && intel > 0 ? fmin(pocl, intel) : fmax(pocl, intel);
}

double row_against_variants(const report *r, const struct row *row)
{
    double best = 0;
    for (unsigned i = 1; i <= r->variant_count; i++) {
        double x = row_against(r, row, r->peers[i]->name);
        if (x > 0 && (best <= 0 || x < best))
            best = x;
    }
    return best;
}

double row_printed(const report *r, const struct row *row, const char *platform)
{
    char name[32];
    snprintf(name, sizeof name, "%s-printed", platform);
    const cell *printed = cell_of(r, row, name), *theirs = cell_of(r, row, platform);
    return printed && theirs && printed->cpu.median > 0 ? theirs->cpu.median / printed->cpu.median : 0;
}

static double bytes_per_ns(const struct row *row, const cell *c)
{
    return c && c->cpu.median > 0 ? row->moved_bytes / c->cpu.median : 0;
}

double row_of_copy(const report *r, const struct row *row, unsigned whose)
{
    for (unsigned i = 0; i < r->row_count; i++)
        if (!strcmp(r->rows[i].kernel->name, "copy")) {
            double copy = bytes_per_ns(&r->rows[i], cell_of(r, &r->rows[i], "hand"));
            double speed = bytes_per_ns(row, cell_of(r, row, r->peers[whose]->name));
            return copy > 0 ? speed / copy : 0;
        }
    return 0;
}

/* The mean of the ratios that are known, of kernels not bound by memory; 0 and *out_count 0 when there is none. */
static double mean_of(const report *r, double (*ratio)(const report *r, const struct row *row), unsigned *out_count)
{
    double sum = 0;
    *out_count = 0;
    for (unsigned i = 0; i < r->row_count; i++) {
        double x = r->rows[i].kernel->bound == COMPUTE ? ratio(r, &r->rows[i]) : 0;
        if (x > 0) {
            sum += log(x);
            ++*out_count;
        }
    }
    return *out_count ? exp(sum / *out_count) : 0;
}

static double against_pocl(const report *r, const struct row *row)
{
    return row_against(r, row, "pocl");
}

static double against_intel(const report *r, const struct row *row)
{
    return row_against(r, row, "intel");
}

static double against_hand(const report *r, const struct row *row)
{
    return row_against(r, row, "hand");
}

static const struct {
    const char *key, *what;
    double (*ratio)(const report *r, const struct row *row);
} means[] = {
    { "better_peer", "the better peer", row_against_better },
    { "pocl", "PoCL", against_pocl },
    { "intel", "Intel", against_intel },
    { "hand", "hand-written", against_hand },
};

/* ------------------------------------------------------------------------------------------------------- */
/* The table */

static void print_ratio(double x)
{
    if (x > 0)
        printf(" %8.2f", x);
    else
        printf(" %8s", "-");
}

static void print_row(const report *r, const struct row *row)
{
    printf("%-18s %-7s", row->kernel->name, row->kernel->bound == MEMORY ? "memory" : "compute");
    for (unsigned i = 0; i < r->peer_count; i++) {
        const cell *c = &row->cells[i];
        if (c->measured && c->right)
            printf(" %9.3f %9.3f", c->cpu.median * 1e-6, c->cpu.least * 1e-6);
        else
            printf(" %19s", c->measured ? "WRONG" : "-");
    }
    printf(" %9.3f", row->cells[0].wall.median * 1e-6);
    print_ratio(row_against_better(r, row));
    print_ratio(row_against(r, row, "hand"));
    print_ratio(row->kernel->bound == MEMORY ? row_of_copy(r, row, 0) : 0);
    putchar('\n');
}

enum { SLACK = 20 }; /* a variant is better when it is so by more than one part in these */

static void print_variants(const report *r)
{
    unsigned better = 0;
    for (unsigned i = 0; i < r->row_count; i++) {
        double x = row_against_variants(r, &r->rows[i]);
        if (x > 0 && x < 1.0 - 1.0 / SLACK) {
            printf("%s: a variant takes %.2f of the time\n", r->rows[i].kernel->name, x);
            better++;
        }
    }
    if (r->variant_count)
        printf("a variant is better by more than %d %%: %u of %u\n", 100 / SLACK, better, r->row_count);
}

static void print_why(const report *r)
{
    for (unsigned i = 0; i < r->row_count; i++)
        for (unsigned j = 0; j < r->peer_count; j++)
            if (r->rows[i].cells[j].why[0])
                printf("%s on %s: %s\n", r->rows[i].kernel->name, r->peers[j]->name, r->rows[i].cells[j].why);
}

/* What the OpenCL C of tenoncc reaches of the hand-written one's speed. */
static void print_printed(const report *r, const char *platform)
{
    unsigned count = 0, behind = 0;
    double sum = 0;
    for (unsigned i = 0; i < r->row_count; i++) {
        double x = row_printed(r, &r->rows[i], platform);
        if (x <= 0)
            continue;
        count++;
        sum += log(x);
        if (x < 0.9) {
            printf("%s printed as OpenCL C has %.2f of the speed of hand-written OpenCL C on %s\n",
                   r->rows[i].kernel->name, x, platform);
            behind++;
        }
    }
    if (count)
        printf("printed OpenCL C against hand-written on %s, %u kernels: geometric mean %.2f, below 0.9: %u\n", platform,
               count, exp(sum / count), behind);
}

void report_table(const report *r)
{
    unsigned count;
    printf("Kernels on a simulated %s; processor time in ms, median and least of %u interleaved rounds%s\n", r->device,
           r->rounds, r->quick ? "; tiny sizes, so the times say nothing" : "");
    printf("%s, load %.1f before and %.1f after, %s\n", r->machine, r->load_before, r->load_after, r->when);
    for (unsigned i = 0; i < r->peer_count; i++)
        printf("  %-6s %s\n", r->peers[i]->name, r->peers[i]->about);
    printf("%-18s %-7s", "kernel", "bound");
    for (unsigned i = 0; i < r->peer_count; i++)
        printf(" %9s %9s", r->peers[i]->name, "least");
    printf(" %9s %8s %8s %8s\n", "wall", "vs peer", "vs hand", "of copy");
    for (unsigned i = 0; i < r->row_count; i++)
        print_row(r, &r->rows[i]);
    for (unsigned i = 0; i < sizeof means / sizeof *means; i++) {
        double mean = mean_of(r, means[i].ratio, &count);
        if (count)
            printf("geometric mean against %s, %u kernels not bound by memory: %.2f\n", means[i].what, count, mean);
    }
    print_printed(r, "pocl");
    print_printed(r, "intel");
    unsigned behind = 0;
    for (unsigned i = 0; i < r->row_count; i++) {
        double x = row_against_better(r, &r->rows[i]);
        behind += x > 0 && x < 0.95;
    }
    printf("behind the better peer (ratio below 0.95): %u of %u\n", behind, r->row_count);
    print_variants(r);
    print_why(r);
}

/* ------------------------------------------------------------------------------------------------------- */
/* JSON */

static json_t *real_or_null(double x)
{
    return x > 0 ? json_real(x) : json_null();
}

static json_t *json_of_row(const report *r, const struct row *row)
{
    json_t *runs = json_object();
    for (unsigned i = 0; i < r->peer_count; i++) {
        const cell *c = &row->cells[i];
        json_t *run =
            c->measured ? json_pack("{s:f s:f s:f s:f s:o}", "cpu_median_ns", c->cpu.median, "cpu_least_ns",
                                    c->cpu.least, "wall_median_ns", c->wall.median, "wall_least_ns", c->wall.least,
                                    "of_copy", real_or_null(row->kernel->bound == MEMORY ? row_of_copy(r, row, i) : 0))
                        : json_object();
        json_object_set_new(run, "measured", json_boolean(c->measured));
        json_object_set_new(run, "right", json_boolean(c->right));
        if (c->why[0])
            json_object_set_new(run, "why", json_string(c->why));
        json_object_set_new(runs, r->peers[i]->name, run);
    }
    return json_pack(
        "{s:s s:s s:s s:s s:[i,i,i] s:f s:f s:f s:s s:o s:o s:o s:o s:o}", "name", row->kernel->name, "family",
        row->family->name, "what", row->kernel->what, "bound", row->kernel->bound == MEMORY ? "memory" : "compute",
        "sizes", (int)row->sizes.n, (int)row->sizes.m, (int)row->sizes.k, "moved_bytes", row->moved_bytes,
        "tolerance_absolute", row->kernel->absolute, "tolerance_relative", row->kernel->relative, "hand_how",
        row->kernel->hand_how ? row->kernel->hand_how : "loops", "runs", runs, "against_better_peer",
        real_or_null(row_against_better(r, row)), "against_hand", real_or_null(row_against(r, row, "hand")),
        "printed_on_pocl", real_or_null(row_printed(r, row, "pocl")), "printed_on_intel",
        real_or_null(row_printed(r, row, "intel")));
}

bool report_json(const report *r, const char *path)
{
    json_t *rows = json_array(), *peers = json_object(), *all_means = json_object();
    for (unsigned i = 0; i < r->row_count; i++)
        json_array_append_new(rows, json_of_row(r, &r->rows[i]));
    for (unsigned i = 0; i < r->peer_count; i++)
        json_object_set_new(peers, r->peers[i]->name, json_string(r->peers[i]->about));
    for (unsigned i = 0; i < sizeof means / sizeof *means; i++) {
        unsigned count;
        double mean = mean_of(r, means[i].ratio, &count);
        json_object_set_new(all_means, means[i].key,
                            json_pack("{s:o s:i}", "ratio", real_or_null(mean), "kernels", (int)count));
    }
    json_t *all =
        json_pack("{s:s s:s s:s s:f s:f s:i s:b s:o s:o s:o}", "device", r->device, "machine", r->machine, "when",
                  r->when, "load_before", r->load_before, "load_after", r->load_after, "rounds", (int)r->rounds,
                  "quick", (int)r->quick, "peers", peers, "geometric_means", all_means, "kernels", rows);
    bool written = all && (strcmp(path, "-") ? json_dump_file(all, path, JSON_INDENT(2))
                                             : json_dumpf(all, stdout, JSON_INDENT(2))) == 0;
    json_decref(all);
    return written;
}
