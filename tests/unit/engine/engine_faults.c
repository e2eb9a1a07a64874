/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of kernels and copies, what they take with them, device printf and heap, and faults on request. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xmmintrin.h>

#include "tenon/sim_image.h"
#include "tests/unit/engine/fixture.h"
#include "tests/unit/suite.h"

/* The value fails with a fault of that kind, and the sentence says so. */
static sil_fault fails(sil_stream *on, uint64_t value, sil_fault_kind kind, const char *says)
{
    sil_fault fault = { 0 };
    STATUS(sil_stream_wait(on, value, SIL_FOREVER), SIL_FAULT);
    SAYS(says);
    ck_assert(sil_stream_fault(on, &fault));
    ck_assert_int_eq(fault.kind, kind);
    ck_assert_msg(strstr(fault.sentence, says), "\"%s\"", fault.sentence);
    return fault;
}

START_TEST(illegal_address)
{
    struct {
        uint64_t at, block;
    } args = { 0x10, 7 };
    sil_launch l = { { 3, 2, 2 }, { 32, 1, 1 }, 0, sizeof args, &args };
    uint64_t value;
    OK(sil_submit_launch(stream, kernel("k_peek"), &l, &value));
    sil_fault fault = fails(stream, value, SIL_FAULT_ILLEGAL_ADDRESS, "k_peek");
    ck_assert_uint_eq(fault.address, 0x10);
    ck_assert_uint_eq(fault.value, value);
    ck_assert_ptr_eq(fault.stream, stream);
    ck_assert_uint_eq(fault.block[0], 1); /* block 7 of a grid of 3 x 2 x 2 */
    ck_assert_uint_eq(fault.block[1], 0);
    ck_assert_uint_eq(fault.block[2], 1);
    ck_assert_uint_eq(fault.thread[0], UINT32_MAX);
    ck_assert_str_eq(fault.kernel, "k_peek");
}
END_TEST

START_TEST(poison_and_clear)
{
    struct {
        uint64_t at, value;
    } args = { 8, 1 };
    uint64_t word = device_alloc(8), before = launch(stream, "k_empty", 1, 1, NULL, 0);
    uint64_t bad = launch(stream, "k_poke", 1, 1, &args, sizeof args);
    args.at = word;
    uint64_t behind = launch(stream, "k_poke", 1, 1, &args, sizeof args);
    sil_stream *other, *bystander;
    OK(sil_stream_create(device, 0, &other));
    OK(sil_stream_create(device, 0, &bystander));
    uint64_t dependent;
    OK(sil_submit_wait(other, stream, behind, &dependent));
    fails(stream, bad, SIL_FAULT_ILLEGAL_ADDRESS, "illegal address");
    fails(stream, behind, SIL_FAULT_ILLEGAL_ADDRESS, "illegal address");
    OK(sil_stream_wait(stream, before, SIL_FOREVER));
    /* it travels to who waited, with its origin, and to nobody else */
    sil_fault fault = fails(other, dependent, SIL_FAULT_ILLEGAL_ADDRESS, "k_poke");
    ck_assert_ptr_eq(fault.stream, stream);
    ck_assert_uint_eq(fault.value, bad);
    wait_ok(bystander, launch(bystander, "k_empty", 1, 1, NULL, 0));
    ck_assert(!sil_stream_fault(bystander, NULL));
    STATUS(sil_device_wait(device, SIL_FOREVER), SIL_FAULT);
    /* afterwards it runs again, and what failed stays failed */
    OK(sil_stream_clear_fault(stream));
    OK(sil_stream_clear_fault(other));
    ck_assert_uint_eq(read_u64(word), 0);
    wait_ok(stream, launch(stream, "k_poke", 1, 1, &args, sizeof args));
    ck_assert_uint_eq(read_u64(word), 1);
    STATUS(sil_stream_wait(stream, bad, SIL_FOREVER), SIL_FAULT);
    ck_assert(!sil_stream_fault(stream, NULL));
    OK(sil_device_wait(device, SIL_FOREVER));
}
END_TEST

START_TEST(scope_of_the_device)
{
    sil_stream *other;
    uint64_t args[2] = { 8, 1 }, done;
    OK(sil_stream_create(device, 0, &other));
    done = launch(other, "k_empty", 1, 1, NULL, 0);
    wait_ok(other, done);
    sil_device_set_fault_scope(device, SIL_SCOPE_DEVICE);
    fails(stream, launch(stream, "k_poke", 1, 1, args, sizeof args), SIL_FAULT_ILLEGAL_ADDRESS, "illegal");
    fails(other, launch(other, "k_empty", 1, 1, NULL, 0), SIL_FAULT_ILLEGAL_ADDRESS, "k_poke");
    OK(sil_stream_wait(other, done, SIL_FOREVER));
    STATUS(sil_stream_clear_fault(stream), SIL_UNSUPPORTED);
    OK(sil_device_reset(device));
    OK(sil_stream_create(device, 0, &stream));
    uint64_t value;
    static _Atomic(uint64_t) slot;
    OK(sil_submit_timestamp(stream, &slot, &value));
    wait_ok(stream, value);
}
END_TEST

START_TEST(freed_and_foreign_memory)
{
    uint64_t at = device_alloc(4 << 20), args[2] = { at + (4 << 20), 1 };
    fails(stream, launch(stream, "k_poke", 1, 1, args, sizeof args), SIL_FAULT_ILLEGAL_ADDRESS, "0x");
    OK(sil_stream_clear_fault(stream));
    OK(sil_free(device, at));
    args[0] = at + 4096;
    fails(stream, launch(stream, "k_poke", 1, 1, args, sizeof args), SIL_FAULT_ILLEGAL_ADDRESS, "0x");
    OK(sil_stream_clear_fault(stream));
    args[0] = 0x8000000000000000u;
    fails(stream, launch(stream, "k_poke", 1, 1, args, sizeof args), SIL_FAULT_ILLEGAL_ADDRESS, "no address has");
    OK(sil_stream_clear_fault(stream));
    /* a kernel can't write code */
    sil_kernel *k = kernel("k_empty");
    (void)k;
    uint64_t variable;
    OK(sil_module_variable(module, "v_counter", &variable, NULL));
    args[0] = variable & ~0xfffull;
    while (args[0] > variable - (1 << 20)) {
        args[0] -= 4096;
        uint64_t value = launch(stream, "k_poke", 1, 1, args, sizeof args);
        if (sil_stream_wait(stream, value, SIL_FOREVER) == SIL_FAULT)
            break;
    }
    ck_assert(sil_stream_fault(stream, NULL));
}
END_TEST

START_TEST(wild_jump_and_bad_instruction)
{
    uint64_t to = 0x1234, data = device_alloc(4096);
    sil_fault fault = fails(stream, launch(stream, "k_jump", 1, 1, &to, 8), SIL_FAULT_ILLEGAL_ADDRESS, "0x1234");
    ck_assert_uint_eq(fault.address, 0x1234);
    OK(sil_stream_clear_fault(stream));
    fails(stream, launch(stream, "k_jump", 1, 1, &data, 8), SIL_FAULT_ILLEGAL_ADDRESS, "illegal");
    OK(sil_stream_clear_fault(stream));
    fails(stream, launch(stream, "k_illegal", 1, 1, NULL, 0), SIL_FAULT_ILLEGAL_INSTRUCTION, "illegal instruction");
}
END_TEST

START_TEST(stack_overflow)
{
    uint64_t depth = 1000;
    wait_ok(stream, launch(stream, "k_recurse", 1, 1, &depth, 8));
    depth = 1 << 30;
    fails(stream, launch(stream, "k_recurse", 1, 1, &depth, 8), SIL_FAULT_STACK, "stack overflow");
    OK(sil_stream_clear_fault(stream));
    depth = 10000; /* about 6 MiB; this kernel says that it needs 8 */
    wait_ok(stream, launch(stream, "k_deep", 1, 1, &depth, 8));
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
}
END_TEST

START_TEST(traps_and_asserts)
{
    static const struct {
        uint32_t kind;
        sil_fault_kind fault;
        const char *says;
    } cases[] = {
        { TN_SIM_TRAP_TRAP, SIL_FAULT_TRAP, "trap" },
        { TN_SIM_TRAP_OUT_OF_BOUNDS, SIL_FAULT_ILLEGAL_ADDRESS, "here" },
        { TN_SIM_TRAP_BARRIER, SIL_FAULT_BARRIER, "barrier" },
        { TN_SIM_TRAP_STACK, SIL_FAULT_STACK, "stack" },
        { TN_SIM_TRAP_UNSUPPORTED, SIL_FAULT_UNSUPPORTED, "can't" },
        { 99, SIL_FAULT_TRAP, "trap" },
        { 100, SIL_FAULT_ASSERT, "k.cu:12: k_trap: assertion `x < n' failed" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sil_fault fault =
            fails(stream, launch(stream, "k_trap", 1, 32, &cases[i].kind, 4), cases[i].fault, cases[i].says);
        ck_assert_uint_eq(fault.thread[0], 3);
        ck_assert_uint_eq(fault.thread[2], 1);
        ck_assert_ptr_nonnull(strstr(fault.sentence, "thread (3, 2, 1)"));
        OK(sil_stream_clear_fault(stream));
    }
}
END_TEST

/* One block of a large, shared grid fails: the launch fails, whoever ran it. */
START_TEST(fault_in_a_shared_grid)
{
    for (uint64_t block = 0; block < 300000; block += 60000) {
        struct {
            uint64_t at, block;
        } args = { 0, block };
        sil_fault fault =
            fails(stream, launch(stream, "k_peek", 300000, 1, &args, sizeof args), SIL_FAULT_ILLEGAL_ADDRESS, "k_peek");
        ck_assert_uint_eq(fault.block[0], block);
        OK(sil_stream_clear_fault(stream));
    }
}
END_TEST

/* The same by a worker, while this thread waits with a deadline. */
START_TEST(fault_on_a_worker)
{
    uint64_t args[2] = { 8, 1 };
    uint64_t value = launch(stream, "k_poke", 1, 1, args, sizeof args);
    STATUS(sil_stream_wait(stream, value, 5000000000u), SIL_FAULT);
}
END_TEST

START_TEST(copy_from_nowhere)
{
    uint64_t at = device_alloc(8192);
    static _Alignas(4096) unsigned char hole[8192];
    ck_assert_int_eq(mprotect(hole, sizeof hole, PROT_NONE), 0);
    STATUS(sil_submit_copy(stream, (void *)at, SIL_SIDE_DEVICE, hole, SIL_SIDE_HOST, 8192, true, NULL), SIL_FAULT);
    sil_fault fault;
    ck_assert(sil_stream_fault(stream, &fault));
    ck_assert_int_eq(fault.kind, SIL_FAULT_COPY);
    ck_assert_uint_lt(fault.address - (uintptr_t)hole, sizeof hole);
    OK(sil_stream_clear_fault(stream));
    ck_assert_uint_eq(read_u64(at), 0);
    mprotect(hole, sizeof hole, PROT_READ | PROT_WRITE); /* LeakSanitizer reads it at the end */
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t own_faults;
static _Alignas(4096) unsigned char own_page[4096];

static void own_handler(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    if (info->si_addr == own_page) {
        own_faults++;
        mprotect(own_page, 4096, PROT_READ | PROT_WRITE);
    } else {
        _exit(9);
    }
}

/* A program's own handler still gets the program's own faults. */
START_TEST(handlers_are_chained)
{
    struct sigaction action = { .sa_sigaction = own_handler, .sa_flags = SA_SIGINFO };
    sigaction(SIGSEGV, &action, NULL);
    ck_assert_int_eq(mprotect(own_page, sizeof own_page, PROT_NONE), 0);
    setup();
    uint64_t args[2] = { 8, 1 };
    fails(stream, launch(stream, "k_poke", 1, 1, args, sizeof args), SIL_FAULT_ILLEGAL_ADDRESS, "illegal");
    *(volatile int *)own_page = 1;
    ck_assert_int_eq(own_faults, 1);
    teardown();
}
END_TEST

/* Without one, the program dies of its own fault, as it would alone. */
START_TEST(own_faults_still_kill)
{
    pid_t child = fork();
    if (child == 0) {
        setup();
        uint64_t args[2] = { 8, 1 };
        uint64_t value = launch(stream, "k_poke", 1, 1, args, sizeof args);
        if (sil_stream_wait(stream, value, SIL_FOREVER) != SIL_FAULT)
            _exit(40);
        signal(SIGABRT, SIG_DFL);
        volatile uintptr_t nowhere = 16;
        *(volatile int *)nowhere = 1;
        _exit(41);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
#if defined(TN_SAN_address) || defined(TN_SAN_thread) || defined(TN_SAN_undefined)
    ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) < 40 ||
              WEXITSTATUS(status) > 41); /* the sanitizer reports it */
#else
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGSEGV);
#endif
}
END_TEST

/* A kernel rounds to nearest whatever the thread that helps has set, and the thread keeps its own. */
START_TEST(own_rounding)
{
    uint64_t at = device_alloc(4);
    float got[2];
    for (int i = 0; i < 2; i++) {
        if (i)
            _MM_SET_ROUNDING_MODE(_MM_ROUND_UP);
        wait_ok(stream, launch(stream, "k_float", 1, 1, &at, 8));
        ck_assert_uint_eq(_MM_GET_ROUNDING_MODE(), i ? _MM_ROUND_UP : _MM_ROUND_NEAREST);
        OK(sil_submit_copy(stream, &got[i], SIL_SIDE_HOST, (void *)at, SIL_SIDE_DEVICE, 4, true, NULL));
    }
    _MM_SET_ROUNDING_MODE(_MM_ROUND_NEAREST);
    ck_assert_float_eq(got[0], got[1]);
}
END_TEST

static void *blocked_thread(void *argument)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    uint64_t args[2] = { 8, 1 };
    uint64_t value = launch(stream, "k_poke", 1, 1, args, sizeof args);
    *(int *)argument = sil_stream_wait(stream, value, SIL_FOREVER);
    return NULL;
}

/* A thread that blocks all signals can't be taken out of a kernel, so workers run its work. */
START_TEST(thread_with_blocked_signals)
{
    pthread_t thread;
    int status = 0;
    pthread_create(&thread, NULL, blocked_thread, &status);
    pthread_join(thread, NULL);
    ck_assert_int_eq(status, SIL_FAULT);
}
END_TEST

static void *brief_thread(void *argument)
{
    (void)argument;
    uint64_t args[2] = { 8, 1 };
    sil_stream *own;
    if (sil_stream_create(device, 0, &own) != SIL_OK)
        return NULL;
    sil_launch l = { { 1, 1, 1 }, { 1, 1, 1 }, 0, 16, args };
    sil_kernel *k;
    uint64_t value = 0;
    sil_module_kernel(module, "k_poke", &k);
    sil_submit_launch(own, k, &l, &value);
    sil_status status = sil_stream_wait(own, value, SIL_FOREVER);
    sil_stream_destroy(own);
    return (void *)(uintptr_t)status;
}

/* Threads come and go; each gets a stack and gives it back. */
START_TEST(many_threads_fault)
{
    for (int i = 0; i < 200; i++) {
        pthread_t thread;
        void *status;
        pthread_create(&thread, NULL, brief_thread, NULL);
        pthread_join(thread, &status);
        ck_assert_int_eq((int)(uintptr_t)status, SIL_FAULT);
    }
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

static char printed[1 << 20];
static size_t printed_bytes;

static void collect(void *context, const char *text, size_t bytes)
{
    ck_assert_ptr_eq(context, printed);
    ck_assert_uint_lt(printed_bytes + bytes, sizeof printed);
    memcpy(printed + printed_bytes, text, bytes);
    printed_bytes += bytes;
    printed[printed_bytes] = 0;
}

START_TEST(print_arrives_before_the_wait_ends)
{
    sil_set_print(collect, printed);
    uint64_t text = device_alloc(16);
    OK(sil_submit_copy(stream, (void *)text, SIL_SIDE_DEVICE, "hello", SIL_SIDE_HOST, 6, true, NULL));
    wait_ok(stream, launch(stream, "k_print", 3, 1, &text, 8));
    ck_assert_str_eq(printed, "block 0: -7 0.50 [hello]\nblock 1: -7 0.50 [hello]\nblock 2: -7 0.50 [hello]\n");
    printed_bytes = 0;
    wait_ok(stream, launch(stream, "k_print", 5000, 1, &text, 8));
    size_t lines = 0;
    bool seen[5000] = { false };
    char *rest_of_text;
    for (char *line = strtok_r(printed, "\n", &rest_of_text); line;
         line = strtok_r(NULL, "\n", &rest_of_text), lines++) {
        unsigned block;
        char rest[32];
        ck_assert_int_eq(sscanf(line, "block %u: %31[^\n]", &block, rest), 2);
        ck_assert_str_eq(rest, "-7 0.50 [hello]");
        ck_assert_uint_lt(block, 5000);
        ck_assert(!seen[block]);
        seen[block] = true;
    }
    ck_assert_uint_eq(lines, 5000);
    sil_set_print(NULL, NULL);
}
END_TEST

/* A string of the device, then what is printed with these slots. */
static void prints(const char *format, const uint64_t *slots, uint32_t count, const char *wanted)
{
    static uint64_t at;
    struct {
        uint64_t format, slots;
        uint32_t count;
    } args = { 0, 0, count };
    if (!at)
        at = device_alloc(65536);
    args.format = at;
    args.slots = at + 60000;
    OK(sil_submit_copy(stream, (void *)at, SIL_SIDE_ANY, format, SIL_SIDE_ANY, strlen(format) + 1, true, NULL));
    if (count)
        OK(sil_submit_copy(stream, (void *)args.slots, SIL_SIDE_ANY, slots, SIL_SIDE_ANY, count * 8ull, true, NULL));
    printed_bytes = 0;
    printed[0] = 0;
    wait_ok(stream, launch(stream, "k_format", 1, 1, &args, 20));
    ck_assert_str_eq(printed, wanted);
}

static uint64_t bits(double value)
{
    uint64_t out;
    memcpy(&out, &value, sizeof out);
    return out;
}

START_TEST(print_conversions)
{
    const struct {
        const char *format;
        uint64_t slot;
        const char *wanted;
    } one[] = {
        { "%d", (uint64_t)-5, "-5" },
        { "%u", 0xffffffffffffffffu, "4294967295" },
        { "%lu", 0xffffffffffffffffu, "18446744073709551615" },
        { "%lld", (uint64_t)-7, "-7" },
        { "%hhd", 0x1ff, "-1" },
        { "%hu", 0x12345, "9029" },
        { "%zu", 1ull << 40, "1099511627776" },
        { "%x|", 255, "ff|" },
        { "%#X|", 255, "0XFF|" },
        { "%o", 8, "10" },
        { "%08d|", 42, "00000042|" },
        { "%-8d|", 42, "42      |" },
        { "%+d", 42, "+42" },
        { "% d", 42, " 42" },
        { "%.5d", 42, "00042" },
        { "%c%%", 'A', "A%" },
        { "%f", bits(1.5), "1.500000" },
        { "%.3e", bits(12345.678), "1.235e+04" },
        { "%g", bits(0.0001), "0.0001" },
        { "%10.2f|", bits(-3.14159), "     -3.14|" },
        { "%a", bits(1.0), "0x1p+0" },
        { "%p", 0x1234, "0x1234" },
        { "%Lf", bits(2.0), "2.000000" },
        { "100%", 0, "100%" },
        { "%k %d", 3, "%k 3" },
        { "%", 0, "%" },
        { "%5", 0, "%5" },
        { "", 0, "" },
        { "no conversion\n", 0, "no conversion\n" },
    };
    sil_set_print(collect, printed);
    for (size_t i = 0; i < sizeof one / sizeof one[0]; i++)
        prints(one[i].format, &one[i].slot, 1, one[i].wanted);
    const uint64_t stars[] = { 8, 2, bits(2.71828) }, left[] = { (uint64_t)-6, 5 };
    prints("%*.*f|", stars, 3, "    2.72|");
    prints("%*d|", left, 2, "5     |");
    prints("%d %d %d", left, 1, "-6 0 0"); /* fewer arguments than the format names */
    prints("%n%n", left, 2, "%n%n");       /* never */
    prints("%99999999999d", left, 2, "%99999999999d");
    sil_set_print(NULL, NULL);
}
END_TEST

/* More than the buffer holds in one launch of one block. */
START_TEST(print_of_much)
{
    static char format[50001];
    memset(format, 'x', sizeof format - 1);
    sil_set_print(collect, printed);
    prints(format, NULL, 0, format);
    sil_set_print(NULL, NULL);
}
END_TEST

START_TEST(print_of_a_bad_string)
{
    uint64_t text = 0x40;
    sil_set_print(collect, printed);
    fails(stream, launch(stream, "k_print", 1, 1, &text, 8), SIL_FAULT_ILLEGAL_ADDRESS, "k_print");
    OK(sil_stream_clear_fault(stream));
    text = 0;
    wait_ok(stream, launch(stream, "k_print", 1, 1, &text, 8));
    ck_assert_ptr_nonnull(strstr(printed, "[(null)]"));
    sil_set_print(NULL, NULL);
}
END_TEST

START_TEST(device_heap)
{
    enum { BLOCKS = 64 };
    struct {
        uint64_t out, bytes;
    } args = { device_alloc(BLOCKS * 8), 1000 };
    static const struct {
        uint64_t bytes, works;
    } cases[] = { { 1, 1 }, { 1000, 1 }, { 1 << 20, 1 }, { 1ull << 40, 0 } };
    for (size_t c = 0; c < 4; c++) {
        uint64_t got[BLOCKS];
        args.bytes = cases[c].bytes;
        wait_ok(stream, launch(stream, "k_heap", BLOCKS, 1, &args, sizeof args));
        OK(sil_submit_copy(stream, got, SIL_SIDE_HOST, (void *)args.out, SIL_SIDE_DEVICE, sizeof got, true, NULL));
        for (int b = 0; b < BLOCKS; b++)
            ck_assert_uint_eq(got[b], cases[c].works);
    }
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

static void with_faults(const char *text)
{
    setenv("TENON_SIM_FAULTS", text, 1);
    setup();
    unsetenv("TENON_SIM_FAULTS");
}

START_TEST(requested_out_of_memory)
{
    uint64_t at;
    with_faults("seed=7,oom=3");
    OK(sil_alloc(device, 64, &at));
    OK(sil_alloc(device, 64, &at));
    STATUS(sil_alloc(device, 64, &at), SIL_OUT_OF_MEMORY);
    SAYS("TENON_SIM_FAULTS");
    OK(sil_alloc(device, 64, &at));
    teardown();
}
END_TEST

START_TEST(requested_memory_error)
{
    with_faults("ecc=2,ecc_corrected=1");
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
    ck_assert_uint_eq(sil_device_corrected_errors(device), 1);
    fails(stream, launch(stream, "k_empty", 1, 1, NULL, 0), SIL_FAULT_ECC_UNCORRECTED, "on request");
    teardown();
}
END_TEST

START_TEST(requested_hang)
{
    with_faults("hang=1");
    uint64_t value = launch(stream, "k_empty", 1, 1, NULL, 0);
    STATUS(sil_stream_wait(stream, value, 10000000), SIL_TIMEOUT);
    OK(sil_stream_abort(stream));
    STATUS(sil_stream_wait(stream, value, 0), SIL_ABORTED);
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
    teardown();
}
END_TEST

/* A kernel that never ends is taken out and told, whoever runs it; what is behind it has failed with it, other streams go on. */
START_TEST(requested_watchdog)
{
    sil_stream *other;
    with_faults("watchdog=150");
    OK(sil_stream_create(device, 0, &other));
    ck_assert_uint_eq(sil_watchdog_ns(0), 0); /* the variable is gone again: it counts at creation */
    uint64_t value = launch(stream, "k_spin", 2, 1, NULL, 0), behind = launch(stream, "k_empty", 1, 1, NULL, 0);
    sil_fault fault = fails(stream, value, SIL_FAULT_TIMEOUT, "watchdog's 150 ms");
    ck_assert_msg(strstr(fault.sentence, "kernel k_spin"), "%s", fault.sentence);
    ck_assert_str_eq(fault.kernel, "k_spin");
    STATUS(sil_stream_wait(stream, behind, SIL_FOREVER), SIL_FAULT);
    wait_ok(other, launch(other, "k_empty", 1, 1, NULL, 0));
    OK(sil_stream_clear_fault(stream));
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
    value = launch(stream, "k_spin", 1, 1, NULL, 0); /* this thread runs it itself */
    fails(stream, value, SIL_FAULT_TIMEOUT, "k_spin");
    OK(sil_stream_clear_fault(stream));
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
    sil_stream_destroy(other);
    teardown();
    with_faults("watchdog=3600000"); /* an abort is still an abort */
    value = launch(stream, "k_spin", 1, 1, NULL, 0);
    STATUS(sil_stream_wait(stream, value, 1000000), SIL_TIMEOUT);
    OK(sil_stream_abort(stream));
    STATUS(sil_stream_wait(stream, value, 0), SIL_ABORTED);
    teardown();
    with_faults("hang=1,watchdog=100");
    fails(stream, launch(stream, "k_empty", 1, 1, NULL, 0), SIL_FAULT_TIMEOUT, "watchdog");
    teardown();
    with_faults("watchdog=100,device=1"); /* this one is device 0 */
    value = launch(stream, "k_spin", 1, 1, NULL, 0);
    STATUS(sil_stream_wait(stream, value, 300000000), SIL_TIMEOUT);
    OK(sil_stream_abort(stream));
    teardown();
}
END_TEST

START_TEST(requested_loss)
{
    uint64_t at, value = 0;
    with_faults("lost=3");
    for (int i = 0; i < 2; i++)
        value = launch(stream, "k_empty", 1, 1, NULL, 0);
    wait_ok(stream, value);
    sil_launch l = { { 1, 1, 1 }, { 1, 1, 1 }, 0, 0, NULL };
    STATUS(sil_submit_launch(stream, kernel("k_empty"), &l, NULL), SIL_DEVICE_LOST);
    ck_assert(sil_device_lost(device));
    STATUS(sil_submit_launch(stream, kernel("k_empty"), &l, NULL), SIL_DEVICE_LOST);
    STATUS(sil_alloc(device, 64, &at), SIL_DEVICE_LOST);
    STATUS(sil_device_wait(device, SIL_FOREVER), SIL_DEVICE_LOST);
    OK(sil_device_reset(device));
    ck_assert(!sil_device_lost(device));
    OK(sil_alloc(device, 64, &at));
    teardown();
}
END_TEST

START_TEST(requested_copies)
{
    char host[4096] = "data";
    uint64_t at;
    with_faults("copyfail=2,copylate=1,late_us=30000");
    OK(sil_alloc(device, sizeof host, &at));
    uint64_t start = now_ns();
    OK(sil_submit_copy(stream, (void *)at, SIL_SIDE_DEVICE, host, SIL_SIDE_HOST, sizeof host, true, NULL));
    ck_assert_uint_ge(now_ns() - start, 30000000);
    STATUS(sil_submit_copy(stream, (void *)at, SIL_SIDE_DEVICE, host, SIL_SIDE_HOST, sizeof host, true, NULL),
           SIL_FAULT);
    teardown();
    with_faults("slowlink=1000000");
    OK(sil_alloc(device, sizeof host, &at));
    start = now_ns();
    OK(sil_submit_copy(stream, (void *)at, SIL_SIDE_DEVICE, host, SIL_SIDE_HOST, sizeof host, true, NULL));
    ck_assert_uint_ge(now_ns() - start, 4000000);
    teardown();
}
END_TEST

START_TEST(bad_requests)
{
    static const char *const bad[] = { "oom",     "oom=",     "oom=x",   "oom=1x",
                                       "quake=1", "oom=1,=2", "seed=-1", "oom=99999999999999999999" };
    sil_profile profile;
    sil_device *none;
    OK(sil_profile_load("a100", &profile));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        setenv("TENON_SIM_FAULTS", bad[i], 1);
        STATUS(sil_device_create(&profile, 0, &none), SIL_INVALID);
        SAYS("TENON_SIM_FAULTS");
    }
    /* "?" draws a number from the seed; another device is left alone */
    setenv("TENON_SIM_FAULTS", "seed=5,oom=?,device=1", 1);
    OK(sil_device_create(&profile, 0, &none));
    uint64_t at;
    for (int i = 0; i < 100; i++)
        OK(sil_alloc(none, 64, &at));
    sil_device_destroy(none);
    int failed[2] = { 0, 0 };
    for (int run = 0; run < 2; run++) {
        OK(sil_device_create(&profile, 1, &none));
        for (int i = 0; i < 100; i++) {
            if (sil_alloc(none, 64, &at) != SIL_OK)
                failed[run] = i + 1;
        }
        sil_device_destroy(none);
    }
    ck_assert_int_gt(failed[0], 0);
    ck_assert_int_eq(failed[0], failed[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine faults");
    TCase *t = tcase_create("faults");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 30);
    tcase_add_test(t, illegal_address);
    tcase_add_test(t, poison_and_clear);
    tcase_add_test(t, scope_of_the_device);
    tcase_add_test(t, freed_and_foreign_memory);
    tcase_add_test(t, wild_jump_and_bad_instruction);
    tcase_add_test(t, stack_overflow);
    tcase_add_test(t, traps_and_asserts);
    tcase_add_test(t, fault_in_a_shared_grid);
    tcase_add_test(t, fault_on_a_worker);
    tcase_add_test(t, copy_from_nowhere);
    tcase_add_test(t, own_rounding);
    tcase_add_test(t, thread_with_blocked_signals);
    tcase_add_test(t, many_threads_fault);
    tcase_add_test(t, print_arrives_before_the_wait_ends);
    tcase_add_test(t, print_conversions);
    tcase_add_test(t, print_of_much);
    tcase_add_test(t, print_of_a_bad_string);
    tcase_add_test(t, device_heap);
    suite_add_tcase(suite, t);
    TCase *alone = tcase_create("alone"); /* these make their own device */
    tcase_set_timeout(alone, 30);
    tcase_add_test(alone, handlers_are_chained);
    tcase_add_test(alone, own_faults_still_kill);
    tcase_add_test(alone, requested_out_of_memory);
    tcase_add_test(alone, requested_memory_error);
    tcase_add_test(alone, requested_hang);
    tcase_add_test(alone, requested_watchdog);
    tcase_add_test(alone, requested_loss);
    tcase_add_test(alone, requested_copies);
    tcase_add_test(alone, bad_requests);
    suite_add_tcase(suite, alone);
    return suite_run(suite);
}
