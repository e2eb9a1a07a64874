/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon/sim_image.h - the contract between a simulator image and the silicon engine that runs it.
 *
 * A simulator image is a freestanding x86-64 (or aarch64) ELF shared object: no DT_NEEDED, no undefined symbol,
 * no thread-local storage, no ifunc, relative relocations only, no segment that is writable and executable.
 * Kernels and device variables are global symbols in its dynamic symbol table; section .tenon.kernels holds the
 * kernel table of tenon/bundle.h. The engine maps text and read-only data shared, and places the writable
 * segment inside the device's memory, once per load. Page: docs/sim-image.md.
 */
#ifndef TENON_SIM_IMAGE_H
#define TENON_SIM_IMAGE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The image's ABI, in the dynamic symbol `tn_sim_image_abi`, a uint32_t in read-only data. */
#define TN_SIM_IMAGE_ABI 1u
#define TN_SIM_IMAGE_ABI_SYMBOL "tn_sim_image_abi"
/* What the image needs, in two optional symbols in read-only data: the warp width, a uint32_t, 0 = any; and processor
 * features separated by commas, a NUL-terminated string. An image that needs more than there is, is refused at load. */
#define TN_SIM_IMAGE_WIDTH_SYMBOL "tn_sim_image_width"
#define TN_SIM_IMAGE_FEATURES_SYMBOL "tn_sim_image_features"

typedef struct tn_sim_worker tn_sim_worker;

/* Why a kernel left before its end; the engine turns it into the vendor's own error. */
typedef enum tn_sim_trap {
    TN_SIM_TRAP_ASSERT       = 1,  /* device assert */
    TN_SIM_TRAP_TRAP         = 2,  /* __trap() */
    TN_SIM_TRAP_OUT_OF_BOUNDS = 3, /* a check compiled in by tenoncc */
    TN_SIM_TRAP_DIVIDE       = 4,  /* integer division by zero, in code built with --trap-division */
    TN_SIM_TRAP_BARRIER      = 5,  /* a barrier that not all threads of a block can reach */
    TN_SIM_TRAP_STACK        = 6,  /* stack overflow */
    TN_SIM_TRAP_UNSUPPORTED  = 7   /* an operation that this image cannot do on this device */
} tn_sim_trap;

/* What kernels may call. The table lives in the engine; `bytes` grows at the end only. */
typedef struct tn_sim_services {
    uint64_t bytes;
    /* device printf: `format` and every %s point to memory of the device; each argument takes one 8-byte slot
     * (integers extended to 64 bits by their own signedness, floating point as double). Returns the number of
     * arguments, or -1 if the buffer is full. */
    int32_t (*print)(tn_sim_worker *worker, const char *format, const uint64_t *slots, uint32_t slot_count);
    /* device heap; NULL when it is full. Alignment 16. */
    void *(*heap_alloc)(tn_sim_worker *worker, uint64_t bytes);
    void (*heap_free)(tn_sim_worker *worker, void *address);
    /* device assert; `thread` is x, y, z of the thread in its block. Does not return. */
    void (*assert_fail)(tn_sim_worker *worker, const char *message, const char *file, uint32_t line,
                        const char *function, const uint32_t thread[3]);
    /* leave the kernel with a tn_sim_trap; `where` is a sentence or NULL. Does not return. */
    void (*trap)(tn_sim_worker *worker, uint32_t kind, const char *where, const uint32_t thread[3]);
    /* nanoseconds of the device's clock, for globaltimer */
    uint64_t (*timer_ns)(tn_sim_worker *worker);
    /* Waits until every block of the grid that has not ended has come here. Each of the `threads` threads of the block
     * that have not ended calls it once, between two barriers. A trap in launches that are not cooperative. */
    void (*grid_wait)(tn_sim_worker *worker, uint32_t threads);
    uint64_t together;   /* 1: the launch is cooperative */
    void *reserved[6];
} tn_sim_services;

/* One launch: the same for all its blocks, read-only to the kernel. */
typedef struct tn_sim_launch {
    uint32_t grid[3];               /* blocks */
    uint32_t block[3];              /* threads */
    uint32_t dynamic_local_bytes;
    uint32_t width;                 /* the device's warp width; 1 where the chip has no warps */
    const unsigned char *args;      /* the packed argument block, 16-byte aligned */
    const tn_sim_services *services;
} tn_sim_launch;

/* One host thread that runs blocks. The engine fills everything; the kernel writes only block, carry and what the
 * pointers lead to. */
struct tn_sim_worker {
    unsigned char *dynamic_local;   /* dynamic local memory, launch->dynamic_local_bytes, 256-byte aligned, not cleared */
    unsigned char *static_local;    /* static local memory, the kernel's static_local_bytes, 256-byte aligned, not cleared */
    unsigned char *scratch;         /* scratch_per_block + threads * scratch_per_thread bytes, 64-byte aligned */
    uint64_t scratch_bytes;
    const tn_sim_launch *launch;
    volatile uint64_t block;        /* the kernel stores the linear index of the block it is in, for fault reports */
    volatile uint32_t stop;         /* non-zero: leave as soon as convenient; polled between blocks */
    uint32_t unit;                  /* the compute unit that this worker stands for */
    void *engine;                   /* the engine's own */
    uint64_t carry;                 /* the kernel's own, from one instruction of a thread to a later one */
    uint64_t reserved[3];
};

/* A kernel's entry, under tn_ktab_kernel.entry: runs `count` blocks from linear block index `first`
 * (x fastest, then y, then z). Blocks are independent; several workers run disjoint ranges at once. Uses the
 * System V calling convention, an ordinary stack, and expects MXCSR = 0x1f80. */
typedef void tn_sim_entry(const tn_sim_launch *launch, tn_sim_worker *worker, uint64_t first, uint64_t count);

#ifdef __cplusplus
}
#endif
#endif
