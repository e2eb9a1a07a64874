/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The silicon engine: what all simulated chips share. Compute units on host threads, in-order streams, a memory of
 * its own, an image loader, faults. A stand-in (drivers/sim/cuda, ascend, hip) translates a vendor's ABI to these calls.
 * Owns: worker threads, device memory, loaded images. May call: libc, bundle/ktab.h, tenon/sim_image.h, tenon/bundle.h.
 * Must not include anything of runtime/ or tenon/driver.h.
 *
 * Any function may be called from any thread, except where said. Functions return a sil_status; the sentence for the
 * last failure of the calling thread is sil_last_message(). Handles are pointers owned by the engine: the stand-in
 * checks what its own clients pass to it (sil_stream_valid and friends cost one load and compare).
 */
#ifndef DRIVERS_SIM_ENGINE_ENGINE_H
#define DRIVERS_SIM_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tenon/bundle.h"

typedef enum sil_status {
    SIL_OK = 0,
    SIL_INVALID,          /* an argument is wrong */
    SIL_NOT_FOUND,        /* a name that is not there */
    SIL_OUT_OF_MEMORY,    /* the device's or the host's memory is used up */
    SIL_UNSUPPORTED,
    SIL_NOT_READY,        /* work is still under way (queries) */
    SIL_TIMEOUT,          /* the deadline passed; the work goes on */
    SIL_BAD_IMAGE,        /* malformed, truncated or foreign image */
    SIL_WRONG_TARGET,     /* a good image for another device or CPU */
    SIL_BAD_ADDRESS,      /* an address outside any allocation, or a range past an allocation's end */
    SIL_FAULT,            /* a kernel failed: illegal address, trap, assert; sil_fault tells */
    SIL_ABORTED,          /* the stream was aborted */
    SIL_DEVICE_LOST,      /* a requested device loss, or a fault that took the device */
    SIL_LIMIT             /* a limit of the chip: streams, block size, local memory, grid */
} sil_status;

const char *sil_last_message(void);

/* A text of the calling thread behind a thread-local pointer: zeroed at first use, freed when the thread ends; NULL when there
 * is no memory. Stand-ins keep their messages so, for static thread-local storage is scarce in libraries opened late. */
char *sil_thread_text(char **slot, size_t bytes);

/* ------------------------------------------------------------------------------------------------------- */
/* Profiles: a chip as data, from drivers/sim/profiles/NAME.ini (inih). */

enum {  /* sil_profile.caps */
    SIL_CAP_THREADS      = 1u << 0,   /* launches have blocks of threads (not on Ascend before 950) */
    SIL_CAP_POOLS        = 1u << 1,   /* the vendor's stream-ordered pools exist on this chip */
    SIL_CAP_MANAGED      = 1u << 2,
    SIL_CAP_PEER         = 1u << 3,
    SIL_CAP_GRAPHS       = 1u << 4,
    SIL_CAP_COOPERATIVE  = 1u << 5,
    SIL_CAP_ATOMIC_F64   = 1u << 6
};

typedef struct sil_profile {
    char name[32];              /* "ascend910b" */
    char family[16];            /* which stand-in serves it: "cuda", "musa", "hip", "ascend" */
    char chip[64];              /* as the vendor's API names it: "Ascend910B3", "NVIDIA A100-SXM4-80GB" */
    char arch[64];              /* "gfx936:sramecc+:xnack-", "sm_80", "dav-2201"; empty where there is none */
    uint16_t pci_vendor, pci_device, pci_class;   /* 0 = not known */
    uint32_t caps;              /* SIL_CAP_* */
    uint32_t width;             /* warp width, 1 = no warps */
    uint32_t units;             /* SM, CU, AI cores */
    uint32_t cube_units, vector_units;            /* Ascend; else 0 */
    uint32_t max_threads;       /* a block */
    uint32_t max_threads_per_unit;
    uint32_t max_block[3];
    uint32_t max_grid[3];
    uint32_t local_bytes;       /* local memory a block may use without asking */
    uint32_t local_optin_bytes; /* with the vendor's opt-in */
    uint32_t local_per_unit_bytes;
    uint32_t constant_bytes;
    uint32_t registers_per_block;
    uint64_t memory_bytes;
    uint32_t l2_bytes;
    uint32_t memory_bus_bits, memory_clock_khz, clock_khz;
    uint64_t memory_bandwidth;  /* bytes a second */
    uint32_t alloc_align;       /* of device allocations */
    uint32_t alloc_extra;       /* bytes added to each (Ascend: 32) */
    uint32_t alloc_round;       /* sizes are rounded up to this */
    uint32_t max_streams;
    uint32_t version_major, version_minor;        /* compute capability and the like */
    uint32_t runtime_version, driver_version;     /* as the vendor's calls report them */
    char text[24][64];          /* further "key=value" lines for the stand-in, NUL-terminated; unused ones empty */
} sil_profile;

/* Reads profile `name` (or a path that contains '/'). Directories searched: $TENON_SIM_PROFILES, then
 * share/tenon/profiles of the tree that the library lies in. Unknown keys, missing keys and values out of range are
 * refused with file and line. */
sil_status sil_profile_load(const char *name, sil_profile *out);

/* Parses "ascend910b:8,bw1000:2" and loads each profile once; entries of other families are skipped when `family`
 * is not NULL ("cuda" accepts only "cuda"). `out` receives up to `capacity` devices in order, *count the number found.
 * An unknown profile or a malformed text is an error, whatever its family. */
sil_status sil_config_parse(const char *spec, const char *family, sil_profile *out, uint32_t capacity, uint32_t *count);

/* The value of "key=" in profile->text, or NULL. */
const char *sil_profile_text(const sil_profile *profile, const char *key);

/* ------------------------------------------------------------------------------------------------------- */
/* Devices */

typedef struct sil_device sil_device;
typedef struct sil_stream sil_stream;
typedef struct sil_module sil_module;
typedef struct sil_kernel sil_kernel;

/* Creates a device. Reserves address space only: pages are committed when touched, threads start at the first work.
 * Its faults on request come from the environment variable TENON_SIM_FAULTS (docs/simulators.md). */
sil_status sil_device_create(const sil_profile *profile, uint32_t ordinal, sil_device **out);
void sil_device_destroy(sil_device *device);      /* waits for running work no longer than it takes to abort it */
const sil_profile *sil_device_profile(const sil_device *device);
void sil_device_memory(const sil_device *device, uint64_t *free_bytes, uint64_t *total_bytes);
void sil_device_uuid(const sil_device *device, uint8_t out[16]);   /* stable: a hash of profile name and ordinal */
void sil_device_pci(const sil_device *device, uint32_t *domain, uint32_t *bus, uint32_t *slot);  /* invented, stable */
sil_status sil_device_wait(sil_device *device, uint64_t timeout_ns);  /* all streams; SIL_FAULT if one failed */
sil_status sil_device_reset(sil_device *device);  /* aborts, frees every allocation, stream and module, clears faults */
bool sil_device_lost(const sil_device *device);
/* Memory errors that were corrected, on request only. */
uint64_t sil_device_corrected_errors(const sil_device *device);
/* One sentence on memory protection: "device memory is closed to the host by protection key 1" or why it is not. */
const char *sil_device_protection(const sil_device *device);

/* ------------------------------------------------------------------------------------------------------- */
/* Memory. Device addresses are addresses in this process, closed to the host where the CPU has protection keys; use
 * the copy functions. They are unique among all devices of all stand-ins in the process. */

sil_status sil_alloc(sil_device *device, uint64_t bytes, uint64_t *out_address);  /* profile's alignment, rounding, extra */
/* By the base address only. sil_free waits for the device's work, as the vendors' free calls do: behind a kernel that never
 * ends it comes back when that is aborted. sil_free_idle waits for nothing: what used the memory has ended, the caller says. */
sil_status sil_free(sil_device *device, uint64_t address);
sil_status sil_free_idle(sil_device *device, uint64_t address);
/* Finds the allocation that holds `address`: O(log n) or better. NULL outputs are allowed. */
sil_status sil_find(uint64_t address, sil_device **out_device, uint64_t *out_base, uint64_t *out_bytes);

typedef enum sil_host_kind { SIL_HOST_PINNED = 1, SIL_HOST_REGISTERED = 2, SIL_HOST_MANAGED = 3 } sil_host_kind;
/* Host memory that kernels can reach too, at the same address. Managed memory counts as host memory here. */
sil_status sil_host_alloc(uint64_t bytes, sil_host_kind kind, void **out);
sil_status sil_host_free(void *pointer);
sil_status sil_host_register(void *pointer, uint64_t bytes);
sil_status sil_host_unregister(void *pointer);
bool sil_host_find(const void *pointer, void **out_base, uint64_t *out_bytes, sil_host_kind *out_kind);

/* ------------------------------------------------------------------------------------------------------- */
/* Streams. A submission takes the next value of its stream, from 1; values pass in order. A `value` out parameter may
 * be NULL. Nothing on these paths allocates or enters the kernel except to wake a worker that sleeps deeply. */

sil_status sil_stream_create(sil_device *device, int priority, sil_stream **out);
sil_status sil_stream_destroy(sil_stream *stream);   /* pending work still runs; the memory goes when it has ended */
bool sil_stream_valid(const sil_stream *stream);     /* for any pointer value */
uint64_t sil_stream_last(const sil_stream *stream);      /* value of the last submission, 0 if none */
uint64_t sil_stream_passed(const sil_stream *stream);    /* all values up to this have ended */

typedef struct sil_launch {
    uint32_t grid[3], block[3];
    uint32_t dynamic_local_bytes;
    uint32_t args_bytes;
    const void *args;           /* packed as the kernel table says; copied before the call returns */
    bool cooperative;           /* all blocks are alive at once, no more than the device holds, and may wait for each other */
} sil_launch;

sil_status sil_submit_launch(sil_stream *stream, sil_kernel *kernel, const sil_launch *launch, uint64_t *value);

/* How the memory on a side of a copy is known; SIL_SIDE_ANY finds out. */
typedef enum sil_side { SIL_SIDE_ANY = 0, SIL_SIDE_HOST = 1, SIL_SIDE_DEVICE = 2 } sil_side;
/* Ranges are checked at the call: a device side must lie inside one allocation. Host memory that is neither pinned nor
 * registered is staged or the call waits, as `blocking_pageable` says (true: the call returns when the copy has been done). */
sil_status sil_submit_copy(sil_stream *stream, void *dst, sil_side dst_side, const void *src, sil_side src_side,
                           uint64_t bytes, bool blocking_pageable, uint64_t *value);
sil_status sil_submit_copy_2d(sil_stream *stream, void *dst, sil_side dst_side, uint64_t dst_pitch, const void *src,
                              sil_side src_side, uint64_t src_pitch, uint64_t width_bytes, uint64_t height,
                              bool blocking_pageable, uint64_t *value);
/* Repeats a pattern of 1, 2, 4, 8 or 16 bytes `count` times. */
sil_status sil_submit_fill(sil_stream *stream, uint64_t dst, const void *pattern, uint32_t pattern_bytes, uint64_t count,
                           uint64_t *value);
sil_status sil_submit_fill_2d(sil_stream *stream, uint64_t dst, uint64_t pitch, const void *pattern, uint32_t pattern_bytes,
                              uint64_t width, uint64_t height, uint64_t *value);
/* Later work of `stream` runs after `other` has passed `other_value`. Streams of any devices of this stand-in. */
sil_status sil_submit_wait(sil_stream *stream, sil_stream *other, uint64_t other_value, uint64_t *value);
/* Runs fn(arg) on an engine thread, closed to device memory; what follows waits for its end. */
sil_status sil_submit_host_call(sil_stream *stream, void (*fn)(void *), void *arg, uint64_t *value);
/* Stores the device's clock in *slot (nanoseconds, CLOCK_MONOTONIC) when everything before has ended. The slot must
 * live until then. Host time, never modelled time. */
sil_status sil_submit_timestamp(sil_stream *stream, _Atomic(uint64_t) *slot, uint64_t *value);
typedef enum sil_compare { SIL_GEQ = 0, SIL_EQ = 1, SIL_AND = 2, SIL_NOR = 3 } sil_compare;
sil_status sil_submit_value_wait(sil_stream *stream, uint64_t address, uint64_t operand, uint32_t bytes, sil_compare how, uint64_t *value);
sil_status sil_submit_value_write(sil_stream *stream, uint64_t address, uint64_t operand, uint32_t bytes, uint64_t *value);

#define SIL_FOREVER UINT64_MAX
/* Waits until `stream` has passed `value`. Without a deadline the caller may run the work itself. SIL_FAULT and
 * SIL_ABORTED when the stream failed at or before `value`. */
sil_status sil_stream_wait(sil_stream *stream, uint64_t value, uint64_t timeout_ns);
sil_status sil_stream_query(sil_stream *stream, uint64_t value);    /* SIL_OK, SIL_NOT_READY, SIL_FAULT, SIL_ABORTED */
/* Drops what has not started, stops what runs, leaves the stream usable; ends within about 100 ms whatever the kernel
 * does. A host function that does not return can't be stopped: SIL_TIMEOUT after two seconds. */
sil_status sil_stream_abort(sil_stream *stream);
/* For who has a stream from a list and not from its owner: it may be destroyed meanwhile, and then be another one. With the
 * generation that it had when it was known to be there, both do nothing to another one, and a wait is over with SIL_OK. */
uint32_t sil_stream_generation(const sil_stream *stream);
sil_status sil_stream_wait_of(sil_stream *stream, uint32_t generation, uint64_t value, uint64_t timeout_ns);
sil_status sil_stream_abort_of(sil_stream *stream, uint32_t generation);

/* ------------------------------------------------------------------------------------------------------- */
/* Faults */

typedef enum sil_fault_kind {
    SIL_FAULT_NONE = 0, SIL_FAULT_ILLEGAL_ADDRESS, SIL_FAULT_ASSERT, SIL_FAULT_TRAP, SIL_FAULT_ILLEGAL_INSTRUCTION,
    SIL_FAULT_STACK, SIL_FAULT_ECC_UNCORRECTED, SIL_FAULT_BARRIER, SIL_FAULT_COPY, SIL_FAULT_LOST, SIL_FAULT_UNSUPPORTED,
    SIL_FAULT_MISALIGNED, SIL_FAULT_TIMEOUT
} sil_fault_kind;

typedef struct sil_fault {
    sil_fault_kind kind;
    sil_stream *stream;         /* where it happened */
    uint64_t value;             /* the submission */
    uint64_t address;           /* the bad address, 0 = none */
    uint32_t block[3], thread[3];  /* thread: 0xffffffff where not known */
    char kernel[128];           /* display name; empty for a copy */
    char place[176];            /* file:line of the instruction, where the image has line tables; else empty */
    char sentence[448];         /* what happened, for people */
} sil_fault;

/* Where the last kernel was that an abort took out of the stream: kernel, block, and file:line where the image has line
 * tables. False: no abort has yet. */
bool sil_stream_stopped(const sil_stream *stream, char *out, size_t capacity);

/* What a fault takes with it: only its stream, or every stream of the device until sil_device_reset. */
typedef enum sil_fault_scope { SIL_SCOPE_STREAM = 0, SIL_SCOPE_DEVICE = 1 } sil_fault_scope;
uint64_t sil_watchdog_ns(uint32_t ordinal);    /* what TENON_SIM_FAULTS asks for on that device, 0 = none */
void sil_device_set_fault_scope(sil_device *device, sil_fault_scope scope);   /* default: stream */
bool sil_stream_fault(const sil_stream *stream, sil_fault *out);   /* false: the stream has not failed */
sil_status sil_stream_clear_fault(sil_stream *stream);             /* what follows runs again (scope stream only) */
/* A stream that keeps going runs what stands behind a failed task, and so do those that wait for it (scope stream only). Waits
 * for a later value still tell the failure, until sil_stream_fault_told names a value that is no earlier. It does so as long
 * as *stop is false, which must live as long as the stream; NULL, as at first: never. */
void sil_stream_keep_going(sil_stream *stream, const _Atomic(bool) *stop);
void sil_stream_fault_told(sil_stream *stream, uint64_t value);

/* ------------------------------------------------------------------------------------------------------- */
/* Images */

/* Loads a raw simulator image (tenon/sim_image.h) into the device. Checks it whole: ELF, ABI, relocations, kernel table,
 * CPU features, width. */
sil_status sil_module_load(sil_device *device, const void *file, size_t bytes, sil_module **out);
sil_status sil_module_unload(sil_module *module);    /* waits for the device's running work */
sil_status sil_module_kernel(sil_module *module, const char *name, sil_kernel **out);  /* linkage name */
sil_status sil_module_variable(sil_module *module, const char *name, uint64_t *out_address, uint64_t *out_bytes);
const tn_ktab *sil_module_table(const sil_module *module);
const tn_ktab_kernel *sil_kernel_info(const sil_kernel *kernel);
sil_module *sil_kernel_module(const sil_kernel *kernel);
const char *sil_kernel_name(const sil_kernel *kernel);
/* Occupancy model from threads and local memory: blocks of this shape resident on one unit; 0 = it cannot run. */
uint32_t sil_kernel_residency(const sil_kernel *kernel, uint32_t threads, uint32_t dynamic_local_bytes);

/* Where device printf goes; NULL is stdout. Called in the order of the text within a block, from engine threads; flushed
 * before a wait on the stream returns. */
void sil_set_print(void (*fn)(void *context, const char *text, size_t bytes), void *context);

#endif
