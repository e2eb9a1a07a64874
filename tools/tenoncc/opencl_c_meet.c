/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c_meet.c - where threads meet: barriers, votes at barriers, and warp operations, which OpenCL C 1.2 does not
 * have: warps of 32 neighbouring threads exchange values through local memory.
 *
 * Where all threads of the block reach a meeting it is a barrier, also for a warp: values of 32 bits go through two places in
 * turn, so that nobody writes what another still reads; wider ones have a second barrier instead. Where threads may not
 * all come (some left early, warps go different ways), each thread runs up to its next meeting or its end,
 * says in local memory where it is, and all of the block meet at one place; a thread goes on when those that it waits
 * for are there: every living thread for a barrier, the living lanes of its mask for a warp operation. When no lane of a warp can
 * go on so, those do that ask who is active at the first place where some do, else those that wait where the lowest does, as on the
 * simulators (device/warp.c). Flags of the block rotate through three places, so that clearing one needs no barrier of its own. Where a
 * thread is, is volatile: Intel's compiler copies code for each place that it knows, barriers with it, and then threads meet
 * at different copies.
 */
#include "tools/tenoncc/opencl_c_internal.h"

#include "include/tenon/bundle.h"

#include <string.h>

static const char fence[] = "barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);";

/* Operands of a meeting by number, -1 where it has none. In the result, $v is this thread's value, $l the lanes that
 * take part, $s the lane asked for, $w the warp's values, $t their type. */
struct meeting {
    const char *name;
    bool is_warp;
    int mask, value, source;
    const char *counts;                /* votes: which predicates are counted */
    const char *result;
};

enum { FIRST_WARP = 4, ACTIVE = 9 };   /* places in the table; what stands before the first is for the block */

static const struct meeting meetings[] = {
    { "__tn_barrier", false, -1, -1, -1, NULL, NULL },
    { "__tn_barrier_count", false, -1, 0, -1, "!=", "tn_count" },
    { "__tn_barrier_and", false, -1, 0, -1, "==", "(tn_count == 0)" },
    { "__tn_barrier_or", false, -1, 0, -1, "!=", "(tn_count != 0)" },
    { "__tn_warp_sync", true, 0, -1, -1, NULL, NULL },
    { "__tn_shfl_32", true, 0, 1, 2, NULL, "tn_shuffle_$t($w, $l, $s, $v)" },
    { "__tn_shfl_64", true, 0, 1, 2, NULL, "tn_shuffle_$t($w, $l, $s, $v)" },
    { "__tn_ballot", true, 0, 1, -1, NULL, "tn_ballot_$t($w, $l)" },
    { "__tn_match", true, 0, 1, -1, NULL, "tn_match_$t($w, $l, $v)" },
    { "__tn_activemask", true, -1, -1, -1, NULL, "$l" },
};

static const struct meeting *meeting_of(LLVMValueRef i)
{
    if (!LLVMIsACallInst(i) || !LLVMIsAFunction(LLVMGetCalledValue(i)))
        return NULL;
    const char *name = ocl_name(LLVMGetCalledValue(i));
    for (size_t k = 0; ocl_starts(name, "__tn_") && k < sizeof meetings / sizeof *meetings; k++)
        if (!strcmp(name, meetings[k].name))
            return &meetings[k];
    return NULL;
}

bool ocl_is_meeting(LLVMValueRef i)
{
    return meeting_of(i) != NULL;
}

bool ocl_is_warp_result(LLVMValueRef i)
{
    const struct meeting *m = meeting_of(i);
    return m && m->is_warp;
}

/* ------------------------------------------------------------------------------------------------------- */

/* "uint" or "ulong": what lanes exchange. */
static const char *word(const struct ocl *o)
{
    return o->uses_wide || o->uses_rounds ? "ulong" : "uint";
}

static void add_helpers(struct ocl *o)
{
    const char *w = word(o);
    ocl_helper(
        o, "tn_thread_number",
        "size_t tn_thread_number(void)\n{\n    return get_local_id(0) + get_local_size(0) * (get_local_id(1) + "
        "get_local_size(1) * get_local_id(2));\n}\n"
        "/* the lanes that a warp has; the last of a block may have fewer than 32 */\n"
        "uint tn_lanes_from(size_t first)\n{\n"
        "    size_t count = get_local_size(0) * get_local_size(1) * get_local_size(2) - first;\n"
        "    return count >= 32 ? ~0u : (1u << count) - 1;\n}\n"
        "/* the lanes that wait at one kind of warp operation with one mask, 0 while one of them is still on its way */\n"
        "uint tn_arrived(__local const int *places, __local const ulong *wants, uint lanes, ulong want)\n{\n"
        "    uint r = 0;\n    bool all = true;\n"
        "    for (int l = 0; l < 32; l++) {\n        if (!(lanes >> l & 1) || places[l] == 0)\n            continue;\n"
        "        if ((places[l] & 1) && wants[l] == want)\n            r |= 1u << l;\n        else\n            all = false;\n    }\n"
        "    return all ? r : 0;\n}\n"
        "/* the lanes that ask who is active, at the first place where some do, else those that wait where the lowest does */\n"
        "uint tn_lowest(__local const int *places, __local const ulong *wants, uint lanes, uint asking)\n{\n    uint r = 0;\n"
        "    int first = -1;\n    for (int l = 0; l < 32; l++)\n        if ((lanes >> l & 1) && (places[l] & 1) &&\n"
        "            (first < 0 || (wants[l] >> 32 == asking && (wants[first] >> 32 != asking || places[l] < places[first]))))\n"
        "            first = l;\n"
        "    for (int l = 0; l < 32; l++)\n        if ((lanes >> l & 1) && first >= 0 && places[l] == places[first] && wants[l] == wants[first])\n"
        "            r |= 1u << l;\n    return r;\n}");
    ocl_helper(o, ocl_format(o, "tn_shuffle_%s", w),
               ocl_format(o,
                          "%s tn_shuffle_%s(__local const %s *values, uint lanes, uint source, %s own)\n{\n"
                          "    %s value = values[source & 31];\n    return lanes >> (source & 31) & 1 ? value : own;\n}\n"
                          "uint tn_ballot_%s(__local const %s *values, uint lanes)\n{\n    uint r = 0;\n"
                          "    for (int l = 0; l < 32; l++)\n        if ((lanes >> l & 1) && values[l])\n"
                          "            r |= 1u << l;\n    return r;\n}\n"
                          "uint tn_match_%s(__local const %s *values, uint lanes, %s own)\n{\n    uint r = 0;\n"
                          "    for (int l = 0; l < 32; l++)\n        if ((lanes >> l & 1) && values[l] == own)\n"
                          "            r |= 1u << l;\n    return r;\n}",
                          w, w, w, w, w, w, w, w, w, w));
}

static const char *operand(struct ocl *o, LLVMValueRef i, int k)
{
    return k < 0 ? "0" : ocl_unsigned(o, LLVMGetOperand(i, (unsigned)k));
}

/* The result's expression; `value` and `source` are names or texts of what this thread brought. */
static const char *result_text(struct ocl *o, const struct meeting *m, const char *value, const char *source)
{
    const char *s = "";
    for (const char *c = m->result; *c; c++)
        s = *c != '$' ? ocl_format(o, "%s%c", s, *c)
                      : ocl_format(o, "%s%s", s, *++c == 'w' ? o->uses_turns ? "(tn_values + tn_turn + tn_first)" : "(tn_values + tn_first)"
                                                 : *c == 'l' ? "tn_lanes" : *c == 't' ? word(o) : *c == 's' ? source : value);
    return s;
}

static void print_result(struct ocl *o, LLVMValueRef i, const char *text)
{
    if (LLVMGetTypeKind(LLVMTypeOf(i)) != LLVMVoidTypeKind && LLVMGetFirstUse(i))
        ocl_text_add(&o->body, "    v%u = (%s)%s;\n", ocl_note(o, i)->id, ocl_type(o, LLVMTypeOf(i), false), text);
}

/* All threads come here together. */
static void print_together(struct ocl *o, LLVMValueRef i, const struct meeting *m)
{
    if (!m->result) {
        ocl_text_add(&o->body, "    %s\n", fence);
        return;
    }
    if (m->is_warp && m->mask < 0) {   /* __activemask: nothing to wait for */
        print_result(o, i, "tn_there");
        return;
    }
    if (!m->is_warp) {
        ocl_text_add(&o->body,
                     "    %s\n    tn_votes = 0;\n    %s\n    if (%s %s 0)\n        atomic_inc(&tn_votes);\n    %s\n"
                     "    tn_count = tn_votes;\n", fence, fence, operand(o, i, m->value), m->counts, fence);
        print_result(o, i, m->result);
        return;
    }
    ocl_text_add(&o->body, "    tn_values[%stn_thread] = %s;\n    %s\n    tn_lanes = tn_there & (uint)%s;\n",
                 o->uses_turns ? "tn_turn + " : "", operand(o, i, m->value), fence, operand(o, i, m->mask));
    print_result(o, i, result_text(o, m, ocl_format(o, "(%s)%s", word(o), operand(o, i, m->value)),
                                   ocl_format(o, "(uint)%s", operand(o, i, m->source))));
    ocl_text_add(&o->body, "    %s\n", o->uses_turns ? "tn_turn = TN_MAX_THREADS - tn_turn;" : fence);
}

/* In rounds: says what it waits for and goes to the meeting. */
static void print_round(struct ocl *o, LLVMValueRef i, const struct meeting *m)
{
    unsigned n = ++o->resume_count;
    if (o->uses_warps)
        ocl_text_add(&o->body, "    tn_operation = %d;\n", (int)(m - meetings));
    if (o->uses_warps && m->value >= 0)
        ocl_text_add(&o->body, "    tn_value = %s;\n", operand(o, i, m->value));
    if (m->source >= 0)
        ocl_text_add(&o->body, "    tn_source = (uint)%s;\n", operand(o, i, m->source));
    if (m->is_warp)
        ocl_text_add(&o->body, "    tn_mask = %s;\n",
                     m->mask < 0 ? "tn_there" : ocl_format(o, "(uint)%s", operand(o, i, m->mask)));
    if (o->uses_votes)
        ocl_text_add(&o->body, "    tn_vote = %s;\n",
                     m->counts ? ocl_format(o, "%s %s 0", operand(o, i, m->value), m->counts) : "0");
    ocl_text_add(&o->body, "    tn_next = %u;\n    goto tn_meet;\ntn_resume_%u:;\n", n, n);
    if (m->result)
        print_result(o, i, m->is_warp ? "tn_result" : m->result);
}

void ocl_print_meeting(struct ocl *o, LLVMValueRef i)
{
    const struct meeting *m = meeting_of(i);
    o->kernel->flags |= m->is_warp ? TN_KERNEL_USES_WARP : TN_KERNEL_USES_BARRIER;
    if (o->uses_rounds)
        print_round(o, i, m);
    else
        print_together(o, i, m);
}

void ocl_print_leave(struct ocl *o)
{
    ocl_text_add(&o->body, o->uses_rounds ? "    tn_next = 0;\n    goto tn_meet;\n" : "    return;\n");
}

/* ------------------------------------------------------------------------------------------------------- */
/* Around the blocks of a kernel */

/* Looks at all meetings; returns how many there are. */
static unsigned survey(struct ocl *o)
{
    unsigned n = 0;
    o->uses_warps = o->uses_votes = o->uses_lanes = o->uses_wide = false;
    for (unsigned b = 0; b < o->block_count; b++)
        for (LLVMValueRef i = LLVMGetFirstInstruction(o->blocks[b]); i; i = LLVMGetNextInstruction(i)) {
            const struct meeting *m = meeting_of(i);
            n += m != NULL;
            o->uses_warps |= m && m->is_warp;
            o->uses_votes |= m && m->counts;
            o->uses_wide |= m && m->is_warp && m->value >= 0 && ocl_int_bits(LLVMTypeOf(LLVMGetOperand(i, (unsigned)m->value))) > 32;
            if (LLVMIsACallInst(i) && LLVMIsAFunction(LLVMGetCalledValue(i)))
                o->uses_lanes |= !strcmp(ocl_name(LLVMGetCalledValue(i)), "__tn_lane");
        }
    o->uses_lanes |= o->uses_warps;
    o->uses_turns = o->uses_warps && !o->uses_rounds && !o->uses_wide;
    return n;
}

/* Declarations, and in rounds their head: each thread goes on where it stopped, and one that has ended or still
 * waits goes straight to the meeting. There is one edge back to here, because PoCL 3.1 takes no loop around a
 * barrier that has more. */
void ocl_print_meeting_head(struct ocl *o)
{
    unsigned count = survey(o);
    o->resume_count = 0;
    if (o->uses_lanes) {
        add_helpers(o);
        ocl_text_add(&o->body, "    const size_t tn_thread = tn_thread_number();\n");
        o->kernel->flags |= TN_KERNEL_USES_WARP;
    }
    if (o->uses_warps)
        ocl_text_add(&o->body,
                     "    __local %s tn_values[%sTN_MAX_THREADS];\n    const size_t tn_first = tn_thread & ~(size_t)31;\n"
                     "    const uint tn_there = tn_lanes_from(tn_first);\n    uint tn_lanes = 0;\n%s",
                     word(o), o->uses_turns ? "2 * " : "", o->uses_turns ? "    size_t tn_turn = 0;\n" : "");
    if (o->uses_votes)
        ocl_text_add(&o->body, o->uses_rounds ? "    __local int tn_votes[3];\n    int tn_count = 0, tn_vote = 0;\n"
                                              : "    __local int tn_votes;\n    int tn_count = 0;\n");
    if (!o->uses_rounds)
        return;
    if (o->uses_warps)
        ocl_text_add(&o->body, "    __local int tn_places[TN_MAX_THREADS], tn_moved[TN_MAX_THREADS / 32 + 1], tn_barred[3];\n    __local ulong tn_wants[TN_MAX_THREADS];\n"
                     "    int tn_operation = 0, tn_go = 1;\n    uint tn_mask = 0, tn_source = 0;\n"
                     "    ulong tn_value = 0, tn_result = 0;\n    tn_barred[0] = tn_barred[1] = tn_barred[2] = 0;\n");
    if (o->uses_votes)
        ocl_text_add(&o->body, "    tn_votes[0] = tn_votes[1] = tn_votes[2] = 0;\n");
    ocl_text_add(&o->body, "    __local int tn_alive[3];\n    volatile int tn_next = -1;\n    int tn_round = 0, tn_before;\n"
                 "    tn_alive[0] = tn_alive[1] = tn_alive[2] = 0;\n    barrier(CLK_LOCAL_MEM_FENCE);\n"
                 "tn_resume:;\n    if (tn_next == 0%s)\n        goto tn_meet;\n", o->uses_warps ? " || !tn_go" : "");
    for (unsigned n = 1; n <= count; n++)
        ocl_text_add(&o->body, "    if (tn_next == %u)\n        goto tn_resume_%u;\n", n, n);
}

/* Who may go on, and with what: first those whose lanes are all there, then, where no lane of a warp goes on so, the lowest and
 * those beside it. Values are read before the last barrier: the next round writes them again. */
static void print_warp_verdict(struct ocl *o)
{
    ocl_text_add(
        &o->body,
        "    tn_go = tn_next == 0 || (tn_operation < %d && tn_barred[tn_round] == 0);\n    tn_lanes = 0;\n"
        "    if (tn_next != 0 && tn_operation >= %d && tn_operation != %d) {\n"
        "        tn_lanes = tn_arrived(tn_places + tn_first, tn_wants + tn_first, (tn_mask & tn_there) | 1u << (tn_thread & 31),\n"
        "                              (ulong)tn_operation << 32 | tn_mask);\n"
        "        tn_go = tn_lanes != 0;\n        if (tn_go)\n            tn_moved[tn_first >> 5] = 1;\n    }\n    %s\n"
        "    if (tn_next != 0 && tn_operation >= %d) {\n        if (tn_moved[tn_first >> 5] == 0) {\n"
        "            tn_lanes = tn_lowest(tn_places + tn_first, tn_wants + tn_first, tn_there, %d);\n"
        "            tn_go = tn_lanes >> (tn_thread & 31) & 1;\n        }\n        switch (tn_operation) {\n",
        FIRST_WARP, FIRST_WARP, ACTIVE, fence, FIRST_WARP, ACTIVE);
    for (size_t k = FIRST_WARP; k < sizeof meetings / sizeof *meetings; k++)
        if (meetings[k].result)
            ocl_text_add(&o->body, "        case %zu:\n            tn_result = %s;\n            break;\n", k,
                         result_text(o, &meetings[k], "tn_value", "tn_source"));
    ocl_text_add(&o->body, "        }\n    }\n");
}

void ocl_print_meeting_place(struct ocl *o)
{
    if (!o->uses_rounds)
        return;
    ocl_text_add(&o->body, "tn_meet:;\n    if (tn_next != 0)\n        tn_alive[tn_round] = 1;\n");
    if (o->uses_warps)
        ocl_text_add(&o->body, "    tn_moved[tn_first >> 5] = 0;\n    if (tn_next != 0 && tn_operation >= %d)\n        tn_barred[tn_round] = 1;\n"
                     "    tn_places[tn_thread] = tn_next == 0 ? 0 : tn_next << 1 | (tn_operation >= %d);\n"
                     "    tn_values[tn_thread] = tn_value;\n    tn_wants[tn_thread] = (ulong)tn_operation << 32 | tn_mask;\n",
                     FIRST_WARP, FIRST_WARP);
    if (o->uses_votes)
        ocl_text_add(&o->body, "    if (tn_next != 0 && tn_vote)\n        atomic_inc(&tn_votes[tn_round]);\n");
    ocl_text_add(&o->body, "    %s\n    tn_before = tn_round == 0 ? 2 : tn_round - 1;\n", fence);
    if (o->uses_votes)
        ocl_text_add(&o->body, "    tn_count = tn_votes[tn_round];\n    tn_votes[tn_before] = 0;\n");
    if (o->uses_warps) {
        print_warp_verdict(o);
        ocl_text_add(&o->body, "    tn_barred[tn_before] = 0;\n    %s\n", fence);
    }
    ocl_text_add(&o->body, "    if (tn_alive[tn_round] != 0) {\n        tn_alive[tn_before] = 0;\n"
                 "        tn_round = tn_round == 2 ? 0 : tn_round + 1;\n        goto tn_resume;\n    }\n");
}
