/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a kernel table into section .tenon.kernels by hand, so that the engine's tests need no compiler of ours: an
 * image's source lists its kernels, arguments and variables in three macros and includes this file last.
 *
 *   #define KERNELS(K) K(name, flags, first_arg, args, args_bytes, static_local, scratch_block, scratch_thread, stack)
 *   #define ARGUMENTS(A) A(name, offset, size, kind)
 *   #define VARIABLES(V) V(name, bytes)
 */
#include <stddef.h>

#include "tenon/bundle.h"
#include "tenon/sim_image.h"

#define STRING_OF_KERNEL(n, ...) char k_##n[sizeof #n];
#define STRING_OF_ARGUMENT(n, ...) char a_##n[sizeof #n];
#define STRING_OF_VARIABLE(n, ...) char v_##n[sizeof #n];
#define COUNT(...) +1

struct strings {
    char empty[1];
    KERNELS(STRING_OF_KERNEL)
    ARGUMENTS(STRING_OF_ARGUMENT)
    VARIABLES(STRING_OF_VARIABLE)
};

struct whole_table {
    tn_ktab head;
    tn_ktab_kernel kernels[0 KERNELS(COUNT)];
    tn_ktab_arg args[0 ARGUMENTS(COUNT)];
    tn_ktab_variable variables[0 VARIABLES(COUNT)];
    struct strings strings;
};

#define TABLE_KERNEL(n, f, first, count, bytes, local, block, thread, stack)                                           \
    {.name = offsetof(struct strings, k_##n), .display = offsetof(struct strings, k_##n), .flags = f,                  \
     .arg_first = first, .arg_count = count, .args_bytes = bytes, .args_align = 8, .static_local_bytes = local,        \
     .local_align = 16, .scratch_per_block = block, .scratch_per_thread = thread, .stack_bytes = stack},
#define TABLE_ARGUMENT(n, o, s, k)                                                                                     \
    {.name = offsetof(struct strings, a_##n), .offset = o, .size = s, .align = s > 8 ? 8 : s, .kind = k,               \
     .space = k == TN_ARG_POINTER ? TN_SPACE_GLOBAL : TN_SPACE_PRIVATE},
#define TABLE_VARIABLE(n, b) {.name = offsetof(struct strings, v_##n), .bytes = b, .align = 8},
#define TEXT_OF_KERNEL(n, ...) .k_##n = #n,
#define TEXT_OF_ARGUMENT(n, ...) .a_##n = #n,
#define TEXT_OF_VARIABLE(n, ...) .v_##n = #n,

__attribute__((used, section(".tenon.kernels"), aligned(8))) static const struct whole_table table = {
    .head = {.magic = TN_KTAB_MAGIC,
             .header_bytes = sizeof(tn_ktab),
             .total_bytes = sizeof(struct whole_table),
             .kernel_count = 0 KERNELS(COUNT),
             .kernel_bytes = sizeof(tn_ktab_kernel),
             .arg_count = 0 ARGUMENTS(COUNT),
             .arg_bytes = sizeof(tn_ktab_arg),
             .variable_count = 0 VARIABLES(COUNT),
             .variable_bytes = sizeof(tn_ktab_variable),
             .kernels_at = offsetof(struct whole_table, kernels),
             .args_at = offsetof(struct whole_table, args),
             .variables_at = offsetof(struct whole_table, variables),
             .strings_at = offsetof(struct whole_table, strings),
             .strings_bytes = sizeof(struct strings)},
    .kernels = {KERNELS(TABLE_KERNEL)},
    .args = {ARGUMENTS(TABLE_ARGUMENT)},
    .variables = {VARIABLES(TABLE_VARIABLE)},
    .strings = {KERNELS(TEXT_OF_KERNEL) ARGUMENTS(TEXT_OF_ARGUMENT) VARIABLES(TEXT_OF_VARIABLE)},
};

#if !defined(NO_ABI)
#if !defined(ABI)
#define ABI TN_SIM_IMAGE_ABI
#endif
__attribute__((visibility("default"))) extern const uint32_t tn_sim_image_abi;
__attribute__((visibility("default"))) const uint32_t tn_sim_image_abi = ABI;
#endif
