/* SPDX-License-Identifier: Apache-2.0 */
/* The page with bars: one file, no script, nothing fetched. */
#include <stdio.h>

#include "tests/bench/kernels/report.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Kernels</title><style>\n"
    "body{font:14px/1.4 sans-serif;margin:2em auto;max-width:70em;padding:0 1em;color:#222;background:#fff}\n"
    "h1{font-size:1.4em}h2{font-size:1.1em;margin:2em 0 .3em}table{border-collapse:collapse;width:100%}\n"
    "td{padding:1px .6em;white-space:nowrap}td.bar{width:60%}td.bar div{height:.9em}\n"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}.tenon{background:#1b6ca8}.pocl{background:#bbb}\n"
    ".intel{background:#888}.hand{background:#d9a441}.pocl-printed,.intel-printed{background:#7fb2d9}tr.k td{padding-top:.9em;font-weight:bold}p.s{color:#666}\n"
    "tr.k span{font-weight:normal;color:#666}.bad{color:#b00}\n</style></head><body>\n";

static void put_text(FILE *f, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            fputs("&lt;", f);
        else if (*text == '&')
            fputs("&amp;", f);
        else
            fputc(*text, f);
    }
}

static double longest(const report *r, const struct row *row)
{
    double most = 0;
    for (unsigned i = 0; i < r->peer_count; i++)
        if (row->cells[i].measured && row->cells[i].cpu.median > most)
            most = row->cells[i].cpu.median;
    return most;
}

static void put_row(FILE *f, const report *r, const struct row *row)
{
    double most = longest(r, row), better = row_against_better(r, row), hand = row_against(r, row, "hand");
    fprintf(f, "<tr class=\"k\"><td colspan=\"4\">%s <span>", row->kernel->name);
    put_text(f, row->kernel->what);
    if (better > 0)
        fprintf(f, " &middot; %.2fx the better peer", better);
    if (hand > 0)
        fprintf(f, " &middot; %.2fx hand-written", hand);
    if (row->kernel->bound == MEMORY && row_of_copy(r, row, 0) > 0)
        fprintf(f, " &middot; %.0f %% of a copy's speed", 100 * row_of_copy(r, row, 0));
    fputs("</span></td></tr>\n", f);
    for (unsigned i = 0; i < r->peer_count; i++) {
        const cell *c = &row->cells[i];
        fprintf(f, "<tr><td>%s</td>", r->peers[i]->name);
        if (!c->measured || !c->right) {
            fputs("<td colspan=\"3\" class=\"bad\">", f);
            put_text(f, c->why);
            fputs("</td></tr>\n", f);
            continue;
        }
        fprintf(f,
                "<td class=\"n\">%.3f ms</td><td class=\"n\">least %.3f</td>"
                "<td class=\"bar\"><div class=\"%s\" style=\"width:%.1f%%\"></div></td></tr>\n",
                c->cpu.median * 1e-6, c->cpu.least * 1e-6, r->peers[i]->name,
                most > 0 ? 100 * c->cpu.median / most : 0);
    }
}

bool report_html(const report *r, const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f)
        return false;
    fputs(head, f);
    fprintf(f,
            "<h1>Kernels on a simulated %s</h1><p>Processor time, median of %u rounds in which everybody takes turns; "
            "shorter is better. Results of all were compared with a plain C reference.</p><p class=\"s\">",
            r->device, r->rounds);
    put_text(f, r->machine);
    fprintf(f, ", load %.1f to %.1f, %s%s<br>", r->load_before, r->load_after, r->when,
            r->quick ? ", tiny sizes: the times say nothing" : "");
    for (unsigned i = 0; i < r->peer_count; i++) {
        fprintf(f, "<b>%s</b> ", r->peers[i]->name);
        put_text(f, r->peers[i]->about);
        fputs(i + 1 < r->peer_count ? "; " : "</p>\n", f);
    }
    static const struct {
        bound bound;
        const char *title;
    } parts[] = { { COMPUTE, "Not bound by memory" }, { MEMORY, "Bound by memory" } };
    for (unsigned part = 0; part < 2; part++) {
        fprintf(f, "<h2>%s</h2><table>\n", parts[part].title);
        for (unsigned i = 0; i < r->row_count; i++)
            if (r->rows[i].kernel->bound == parts[part].bound)
                put_row(f, r, &r->rows[i]);
        fputs("</table>\n", f);
    }
    fputs("</body></html>\n", f);
    return fclose(f) == 0;
}
