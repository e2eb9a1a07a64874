/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One kernel, built several times with a fault in the image each (module.mk): what the loader must refuse, and the
 * good one beside them.
 */
#define KERNELS(K)   K(k_one, 0, 0, 1, 8, 0, 0, 0, 0)
#define ARGUMENTS(A) A(out, 0, 8, TN_ARG_POINTER)
#define VARIABLES(V) V(v_one, 8)
#include "table.h"

#define PUBLIC __attribute__((visibility("default")))

PUBLIC extern uint64_t v_one;
uint64_t v_one = 1;
PUBLIC tn_sim_entry k_one;

#if defined(UNDEFINED)
extern int not_here(void);
#define EXTRA not_here()
#elif defined(THREAD_LOCAL)
static __thread volatile int per_thread = 5;
#define EXTRA per_thread
#elif defined(IFUNC)
__attribute__((used)) static int chosen(void)
{
    return 1;
}
__attribute__((used)) static int (*choose(void))(void)
{
    return chosen;
}
PUBLIC int indirect(void) __attribute__((ifunc("choose")));
#define EXTRA indirect()
#elif defined(INITIALISER)
static volatile int started;
__attribute__((constructor)) static void start(void)
{
    started = 1;
}
#define EXTRA started
#elif defined(SYMBOLIC)
PUBLIC extern uint64_t *v_to;
uint64_t *v_to = &v_one;
#define EXTRA (int)*v_to
#else
#define EXTRA 1
#endif
#if defined(WIDTH)
PUBLIC extern const uint32_t tn_sim_image_width;
const uint32_t tn_sim_image_width = WIDTH;
#endif
#if defined(FEATURES)
PUBLIC extern const char tn_sim_image_features[];
const char tn_sim_image_features[] = FEATURES;
#endif

#if !defined(NO_KERNEL)
void k_one(const tn_sim_launch *launch, tn_sim_worker *worker, uint64_t first, uint64_t count)
{
    (void)worker, (void)first, (void)count;
    **(uint64_t *const *)launch->args = (uint64_t)(EXTRA) + v_one;
}
#endif
