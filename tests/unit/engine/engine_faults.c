/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of kernels and copies, and what they take with them. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xmmintrin.h>

#include "tenon/sim_image.h"
#include "tests/unit/engine/fixture.h"
#include "tests/unit/suite.h"

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
    suite_add_tcase(suite, t);
    TCase *alone = tcase_create("alone"); /* these make their own device */
    tcase_set_timeout(alone, 30);
    tcase_add_test(alone, handlers_are_chained);
    tcase_add_test(alone, own_faults_still_kill);
    suite_add_tcase(suite, alone);
    return suite_run(suite);
}
