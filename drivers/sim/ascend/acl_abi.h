/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C ABI of Ascend's ACL as facts: names, numbers and layouts, as far as the stand-in and the driver use them.
 * Written from public documentation (ACL 1.17) and checked against the sizes that public headers give; no vendor text.
 * Enumerations are plain integers here, since only their numbers cross the boundary. Owns nothing, calls nothing.
 */
#ifndef DRIVERS_SIM_ASCEND_ACL_ABI_H
#define DRIVERS_SIM_ASCEND_ACL_ABI_H

#include <stddef.h>
#include <stdint.h>

#define ACL_VERSION_MAJOR 1
#define ACL_VERSION_MINOR 17
#define ACL_VERSION_PATCH 0

typedef int aclError;
typedef void *aclrtStream, *aclrtEvent, *aclrtContext, *aclrtNotify;
typedef void *aclrtBinary, *aclrtBinHandle, *aclrtFuncHandle, *aclrtArgsHandle, *aclrtParamHandle;
typedef void *aclrtMemPool, *aclrtDrvMemHandle, *aclmdlRI;
typedef void (*aclrtCallback)(void *user);
typedef uint16_t aclFloat16;
typedef struct aclrtExceptionInfo aclrtExceptionInfo;
typedef void (*aclrtExceptionInfoCallback)(aclrtExceptionInfo *info);
typedef void (*aclrtStreamStateCallback)(aclrtStream stream, int32_t state, void *args);
typedef void (*aclrtDeviceStateCallback)(int32_t device, int32_t state, void *args);

/* Errors: X(code, name, words). There is no aclGetErrorString, so the table lives with whoever needs it. */
#define ACL_ERROR_MAP(X)                                                                                               \
    X(100000, ACL_ERROR_INVALID_PARAM, "invalid parameter")                                                            \
    X(100001, ACL_ERROR_UNINITIALIZE, "ACL is not initialised")                                                        \
    X(100002, ACL_ERROR_REPEAT_INITIALIZE, "ACL is initialised already")                                               \
    X(100003, ACL_ERROR_INVALID_FILE, "invalid file")                                                                  \
    X(100006, ACL_ERROR_PARSE_FILE, "a file cannot be parsed")                                                         \
    X(100029, ACL_ERROR_KERNEL_NOT_FOUND, "kernel not found")                                                          \
    X(100034, ACL_ERROR_STREAM_NOT_SUBSCRIBE, "the stream has no subscriber")                                          \
    X(100035, ACL_ERROR_THREAD_NOT_SUBSCRIBE, "the thread is no subscriber")                                           \
    X(100036, ACL_ERROR_WAIT_CALLBACK_TIMEOUT, "no callback arrived in time")                                          \
    X(100037, ACL_ERROR_REPEAT_FINALIZE, "ACL is finalised already")                                                   \
    X(100039, ACL_ERROR_COMPILING_STUB_MODE, "a stub library that only links")                                         \
    X(107000, ACL_ERROR_RT_PARAM_INVALID, "invalid parameter")                                                         \
    X(107001, ACL_ERROR_RT_INVALID_DEVICEID, "invalid device id")                                                      \
    X(107002, ACL_ERROR_RT_CONTEXT_NULL, "no current context")                                                         \
    X(107003, ACL_ERROR_RT_STREAM_CONTEXT, "the stream is not of the current context")                                 \
    X(107006, ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID, "the event has no time stamp")                                     \
    X(107007, ACL_ERROR_RT_EVENT_TIMESTAMP_REVERSAL, "the events' time stamps are reversed")                           \
    X(107008, ACL_ERROR_RT_ADDR_UNALIGNED, "unaligned address")                                                        \
    X(107009, ACL_ERROR_RT_FILE_OPEN, "a file cannot be opened")                                                       \
    X(107011, ACL_ERROR_RT_STREAM_SUBSCRIBE, "the stream has a subscriber already")                                    \
    X(107012, ACL_ERROR_RT_THREAD_SUBSCRIBE, "the thread is no subscriber")                                            \
    X(107015, ACL_ERROR_RT_STREAM_NO_CB_REG, "the stream has no callback thread")                                      \
    X(107016, ACL_ERROR_RT_INVALID_MEMORY_TYPE, "invalid memory type")                                                 \
    X(107017, ACL_ERROR_RT_INVALID_HANDLE, "invalid handle")                                                           \
    X(107018, ACL_ERROR_RT_INVALID_MALLOC_TYPE, "invalid allocation policy")                                           \
    X(107019, ACL_ERROR_RT_WAIT_TIMEOUT, "a wait timed out")                                                           \
    X(107020, ACL_ERROR_RT_TASK_TIMEOUT, "a task timed out")                                                           \
    X(107021, ACL_ERROR_RT_SYSPARAMOPT_NOT_SET, "the system parameter is not set")                                     \
    X(107022, ACL_ERROR_RT_DEVICE_TASK_ABORT, "the device's tasks are aborted")                                        \
    X(107023, ACL_ERROR_RT_STREAM_ABORT, "the stream is aborted")                                                      \
    X(107024, ACL_ERROR_RT_CAPTURE_DEPENDENCY, "a dependency leaves the capture")                                      \
    X(107025, ACL_ERROR_RT_STREAM_UNJOINED, "the capture is not joined")                                               \
    X(107026, ACL_ERROR_RT_MODEL_CAPTURED, "the model is being captured")                                              \
    X(107027, ACL_ERROR_RT_STREAM_CAPTURED, "the stream is being captured")                                            \
    X(107028, ACL_ERROR_RT_EVENT_CAPTURED, "the event is being captured")                                              \
    X(107029, ACL_ERROR_RT_STREAM_NOT_CAPTURED, "the stream is not being captured")                                    \
    X(107030, ACL_ERROR_RT_CAPTURE_MODE_NOT_SUPPORT, "a captured stream cannot do that")                               \
    X(107036, ACL_ERROR_RT_STREAM_CAPTURE_UNMATCHED, "the capture began on another stream")                            \
    X(107038, ACL_ERROR_RT_STREAM_CAPTURE_WRONG_THREAD, "the capture began on another thread")                         \
    X(107037, ACL_ERROR_RT_MODEL_RUNNING, "the model is running")                                                      \
    X(107042, ACL_ERROR_RT_SYMBOL_NOT_FOUND, "symbol not found")                                                       \
    X(107044, ACL_ERROR_RT_INVALID_DEVICE_FUNCTION, "invalid device function")                                         \
    X(200000, ACL_ERROR_BAD_ALLOC, "host memory is used up")                                                           \
    X(200001, ACL_ERROR_API_NOT_SUPPORT, "the interface is not supported")                                             \
    X(200002, ACL_ERROR_INVALID_DEVICE, "invalid device")                                                              \
    X(200003, ACL_ERROR_MEMORY_ADDRESS_UNALIGNED, "unaligned address")                                                 \
    X(200005, ACL_ERROR_INVALID_RESOURCE_HANDLE, "invalid resource handle")                                            \
    X(200006, ACL_ERROR_FEATURE_UNSUPPORTED, "the feature is not supported")                                           \
    X(207000, ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "the feature is not supported")                                        \
    X(207001, ACL_ERROR_RT_MEMORY_ALLOCATION, "out of memory")                                                         \
    X(207002, ACL_ERROR_RT_MEMORY_FREE, "memory cannot be freed")                                                      \
    X(207004, ACL_ERROR_RT_NO_DEVICE, "no device")                                                                     \
    X(207005, ACL_ERROR_RT_RESOURCE_ALLOC_FAIL, "a resource cannot be allocated")                                      \
    X(207006, ACL_ERROR_RT_NO_PERMISSION, "no permission")                                                             \
    X(207007, ACL_ERROR_RT_NO_EVENT_RESOURCE, "no event is left")                                                      \
    X(207008, ACL_ERROR_RT_NO_STREAM_RESOURCE, "no stream is left")                                                    \
    X(207012, ACL_ERROR_RT_OVER_LIMIT, "over a limit")                                                                 \
    X(207013, ACL_ERROR_RT_QUEUE_EMPTY, "the queue is empty")                                                          \
    X(207014, ACL_ERROR_RT_QUEUE_FULL, "the queue is full")                                                            \
    X(207015, ACL_ERROR_RT_REPEATED_INIT, "initialised twice")                                                         \
    X(207018, ACL_ERROR_RT_DEVICE_OOM, "device memory is used up")                                                     \
    X(207020, ACL_ERROR_RT_TIMEOUT, "the driver timed out")                                                            \
    X(300000, ACL_ERROR_STORAGE_OVER_LIMIT, "storage over a limit")                                                    \
    X(500000, ACL_ERROR_INTERNAL_ERROR, "internal error")                                                              \
    X(500001, ACL_ERROR_FAILURE, "failure")                                                                            \
    X(500003, ACL_ERROR_RT_FAILURE, "failure of the runtime")                                                          \
    X(500004, ACL_ERROR_DRV_FAILURE, "failure of the driver")                                                          \
    X(507000, ACL_ERROR_RT_INTERNAL_ERROR, "internal error of the runtime")                                            \
    X(507001, ACL_ERROR_RT_TS_ERROR, "error of the task scheduler")                                                    \
    X(507002, ACL_ERROR_RT_STREAM_TASK_FULL, "the stream is full")                                                     \
    X(507004, ACL_ERROR_RT_STREAM_NOT_COMPLETE, "the stream is not complete")                                          \
    X(507006, ACL_ERROR_RT_EVENT_NOT_COMPLETE, "the event is not complete")                                            \
    X(507007, ACL_ERROR_RT_CONTEXT_RELEASE_ERROR, "the context is released")                                           \
    X(507008, ACL_ERROR_RT_SOC_VERSION, "wrong chip version")                                                          \
    X(507010, ACL_ERROR_RT_LOST_HEARTBEAT, "the device's heartbeat is lost")                                           \
    X(507012, ACL_ERROR_RT_REPORT_TIMEOUT, "no report arrived in time")                                                \
    X(507013, ACL_ERROR_RT_SYS_DMA, "a copy engine failed")                                                            \
    X(507014, ACL_ERROR_RT_AICORE_TIMEOUT, "a kernel timed out on an AI core")                                         \
    X(507015, ACL_ERROR_RT_AICORE_EXCEPTION, "a kernel failed on an AI core")                                          \
    X(507016, ACL_ERROR_RT_AICORE_TRAP_EXCEPTION, "a kernel trapped on an AI core")                                    \
    X(507018, ACL_ERROR_RT_AICPU_EXCEPTION, "a kernel failed on an AI CPU")                                            \
    X(507022, ACL_ERROR_RT_IPC_ERROR, "sharing between processes failed")                                              \
    X(507027, ACL_ERROR_RT_KERNEL_LOOKUP, "kernel lookup failed")                                                      \
    X(507034, ACL_ERROR_RT_VECTOR_CORE_TIMEOUT, "a kernel timed out on a vector core")                                 \
    X(507035, ACL_ERROR_RT_VECTOR_CORE_EXCEPTION, "a kernel failed on a vector core")                                  \
    X(507036, ACL_ERROR_RT_VECTOR_CORE_TRAP_EXCEPTION, "a kernel trapped on a vector core")                            \
    X(507046, ACL_ERROR_RT_STREAM_SYNC_TIMEOUT, "waiting for a stream timed out")                                      \
    X(507047, ACL_ERROR_RT_EVENT_SYNC_TIMEOUT, "waiting for an event timed out")                                       \
    X(507053, ACL_ERROR_RT_DEVICE_MEM_ERROR, "error of the device's memory")                                           \
    X(507054, ACL_ERROR_RT_HBM_MULTI_BIT_ECC_ERROR, "uncorrected ECC error")                                           \
    X(507056, ACL_ERROR_RT_LINK_ERROR, "link error")                                                                   \
    X(507899, ACL_ERROR_RT_DRV_INTERNAL_ERROR, "internal error of the driver")                                         \
    X(507900, ACL_ERROR_RT_AICPU_INTERNAL_ERROR, "internal error of the AI CPU")                                       \
    X(507910, ACL_ERROR_HOST_MEMORY_ALREADY_REGISTERED, "the host memory is registered already")                       \
    X(507911, ACL_ERROR_HOST_MEMORY_NOT_REGISTERED, "the host memory is not registered")

enum {
    ACL_SUCCESS = 0,
#define ACL_ERROR_ENUM(code, name, words) name = code,
    ACL_ERROR_MAP(ACL_ERROR_ENUM)
#undef ACL_ERROR_ENUM
};

typedef int32_t aclrtRunMode, aclrtMemMallocPolicy, aclrtMemcpyKind, aclrtMemAttr, aclrtHostRegisterType;
typedef int32_t aclrtEventStatus, aclrtEventRecordedStatus, aclrtEventWaitStatus, aclrtStreamStatus;
typedef int32_t aclrtCallbackBlockType, aclrtDevAttr, aclrtDevFeatureType, aclrtDeviceStatus, aclrtLastErrLevel;
typedef int32_t aclrtFuncAttribute, aclrtStreamAttr, aclrtReduceKind, aclDataType, aclrtMemPoolAttr,
    aclrtFloatOverflowMode;
typedef int32_t aclmdlRICaptureMode, aclmdlRICaptureStatus, aclrtDevResLimitType, aclCANNPackageName, aclrtCmoType;

enum { ACL_DEVICE = 0, ACL_HOST = 1 };
enum {
    ACL_MEMCPY_HOST_TO_HOST = 0,
    ACL_MEMCPY_HOST_TO_DEVICE = 1,
    ACL_MEMCPY_DEVICE_TO_HOST = 2,
    ACL_MEMCPY_DEVICE_TO_DEVICE = 3,
    ACL_MEMCPY_DEFAULT = 4,
    ACL_MEMCPY_HOST_TO_BUF_TO_DEVICE = 5,
    ACL_MEMCPY_INNER_DEVICE_TO_DEVICE = 6,
    ACL_MEMCPY_INTER_DEVICE_TO_DEVICE = 7
};
enum {
    ACL_MEM_MALLOC_HUGE_FIRST = 0,
    ACL_MEM_MALLOC_HUGE_ONLY = 1,
    ACL_MEM_MALLOC_NORMAL_ONLY = 2,
    ACL_MEM_MALLOC_HUGE_FIRST_P2P = 3,
    ACL_MEM_MALLOC_HUGE_ONLY_P2P = 4,
    ACL_MEM_MALLOC_NORMAL_ONLY_P2P = 5,
    ACL_MEM_MALLOC_HUGE1G_ONLY = 6,
    ACL_MEM_MALLOC_HUGE1G_ONLY_P2P = 7,
    ACL_MEM_TYPE_LOW_BAND_WIDTH = 0x100,
    ACL_MEM_TYPE_HIGH_BAND_WIDTH = 0x1000,
    ACL_MEM_ACCESS_USER_SPACE_READONLY = 0x100000
};
enum { ACL_DDR_MEM = 0, ACL_HBM_MEM = 1, ACL_MEM_ATTR_LAST = 17 };
enum {
    ACL_HOST_REGISTER_MAPPED = 0,
    ACL_HOST_REG_MAPPED = 2,
    ACL_HOST_REG_IOMEMORY = 4,
    ACL_HOST_REG_READONLY = 8,
    ACL_HOST_REG_PINNED = 0x10000000
};
enum {
    ACL_EVENT_SYNC = 1,
    ACL_EVENT_CAPTURE_STREAM_PROGRESS = 2,
    ACL_EVENT_TIME_LINE = 8,
    ACL_EVENT_DEVICE_USE_ONLY = 0x10,
    ACL_EVENT_EXTERNAL = 0x20,
    ACL_EVENT_IPC = 0x40
};
enum {
    ACL_STREAM_FAST_LAUNCH = 1,
    ACL_STREAM_FAST_SYNC = 2,
    ACL_STREAM_PERSISTENT = 4,
    ACL_STREAM_HUGE = 8,
    ACL_STREAM_CPU_SCHEDULE = 0x10,
    ACL_STREAM_DEVICE_USE_ONLY = 0x20
};
enum { ACL_STREAM_STATUS_COMPLETE = 0, ACL_STREAM_STATUS_NOT_READY = 1 };
enum { ACL_EVENT_STATUS_COMPLETE = 0, ACL_EVENT_STATUS_NOT_READY = 1 };
enum { ACL_EVENT_RECORDED_STATUS_NOT_READY = 0, ACL_EVENT_RECORDED_STATUS_COMPLETE = 1 }; /* the other way round */
enum { ACL_EVENT_WAIT_STATUS_COMPLETE = 0, ACL_EVENT_WAIT_STATUS_NOT_READY = 1 };
enum { ACL_CALLBACK_NO_BLOCK = 0, ACL_CALLBACK_BLOCK = 1 };
enum { ACL_CONTINUE_ON_FAILURE = 0, ACL_STOP_ON_FAILURE = 1 };
enum {
    ACL_STREAM_ATTR_FAILURE_MODE = 1,
    ACL_STREAM_ATTR_FLOAT_OVERFLOW_CHECK = 2,
    ACL_STREAM_ATTR_USER_CUSTOM_TAG = 3,
    ACL_STREAM_ATTR_CACHE_OP_INFO = 4,
    ACL_STREAM_ATTR_PRIORITY = 5
};
enum { ACL_RT_DEVICE_STATUS_NORMAL = 0, ACL_RT_DEVICE_STATUS_ABNORMAL = 1 };
enum {
    ACL_DEV_ATTR_AICPU_CORE_NUM = 1,
    ACL_DEV_ATTR_AICORE_CORE_NUM = 101,
    ACL_DEV_ATTR_CUBE_CORE_NUM = 102,
    ACL_DEV_ATTR_VECTOR_CORE_NUM = 201,
    ACL_DEV_ATTR_WARP_SIZE = 202,
    ACL_DEV_ATTR_MAX_THREAD_PER_VECTOR_CORE = 203,
    ACL_DEV_ATTR_UBUF_PER_VECTOR_CORE = 204,
    ACL_DEV_ATTR_MAX_GRID_DIM_X = 205,
    ACL_DEV_ATTR_MAX_GRID_DIM_Z = 207,
    ACL_DEV_ATTR_MAX_BLOCK_PER_GRID = 208,
    ACL_DEV_ATTR_MAX_THREADS_PER_BLOCK = 209,
    ACL_DEV_ATTR_MAX_BLOCK_DIM_X = 210,
    ACL_DEV_ATTR_MAX_BLOCK_DIM_Z = 212,
    ACL_DEV_ATTR_TOTAL_GLOBAL_MEM_SIZE = 301,
    ACL_DEV_ATTR_L2_CACHE_SIZE = 302,
    ACL_DEV_ATTR_SMP_ID = 401,
    ACL_DEV_ATTR_PHY_CHIP_ID = 402,
    ACL_DEV_ATTR_SUPER_POD_DEVICE_ID = 403,
    ACL_DEV_ATTR_SUPER_POD_SERVER_ID = 404,
    ACL_DEV_ATTR_SUPER_POD_ID = 405,
    ACL_DEV_ATTR_CUST_OP_PRIVILEGE = 406,
    ACL_DEV_ATTR_MAINBOARD_ID = 407,
    ACL_DEV_ATTR_HD_CONNECT_TYPE = 408,
    ACL_DEV_ATTR_IS_VIRTUAL = 501,
    ACL_DEV_ATTR_NPU_ARCH = 601
};
enum {
    ACL_RT_DEVS_TOPOLOGY_HCCS = 1,
    ACL_RT_DEVS_TOPOLOGY_PIX = 2,
    ACL_RT_DEVS_TOPOLOGY_PHB = 8,
    ACL_RT_DEVS_TOPOLOGY_SYS = 16
};
enum { ACL_FUNC_ATTR_KERNEL_TYPE = 1, ACL_FUNC_ATTR_KERNEL_RATIO = 2, ACL_FUNC_ATTR_KERNEL_SCHED_MODE = 3 };
enum { ACL_KERNEL_TYPE_AICORE = 0, ACL_KERNEL_TYPE_CUBE = 1, ACL_KERNEL_TYPE_VECTOR = 2, ACL_KERNEL_TYPE_MIX = 3 };
enum {
    ACL_RT_LAUNCH_KERNEL_ATTR_SCHEM_MODE = 1,
    ACL_RT_LAUNCH_KERNEL_ATTR_DYN_UBUF_SIZE = 2,
    ACL_RT_LAUNCH_KERNEL_ATTR_ENGINE_TYPE = 3,
    ACL_RT_LAUNCH_KERNEL_ATTR_BLOCKDIM_OFFSET = 4,
    ACL_RT_LAUNCH_KERNEL_ATTR_BLOCK_TASK_PREFETCH = 5,
    ACL_RT_LAUNCH_KERNEL_ATTR_DATA_DUMP = 6,
    ACL_RT_LAUNCH_KERNEL_ATTR_TIMEOUT = 7,
    ACL_RT_LAUNCH_KERNEL_ATTR_TIMEOUT_US = 8
};
enum {
    ACL_RT_BINARY_LOAD_OPT_LAZY_LOAD = 1,
    ACL_RT_BINARY_LOAD_OPT_MAGIC = 2,
    ACL_RT_BINARY_LOAD_OPT_CPU_KERNEL_MODE = 3
};
enum { ACL_MEM_LOCATION_TYPE_HOST = 0, ACL_MEM_LOCATION_TYPE_DEVICE = 1, ACL_MEM_LOCATION_TYPE_UNREGISTERED = 2 };
enum { ACL_RT_MEM_ATTACH_GLOBAL = 1 };
enum { ACL_RT_DEV_RES_CUBE_CORE = 0, ACL_RT_DEV_RES_VECTOR_CORE = 1 };
enum {
    ACL_MODEL_RI_CAPTURE_STATUS_NONE = 0,
    ACL_MODEL_RI_CAPTURE_STATUS_ACTIVE = 1,
    ACL_MODEL_RI_CAPTURE_STATUS_INVALIDATED = 2
};
enum {
    ACL_RT_MEM_POOL_ATTR_RELEASE_THRESHOLD = 4,
    ACL_RT_MEM_POOL_ATTR_RESERVED_MEM_CURRENT = 5,
    ACL_RT_MEM_POOL_ATTR_RESERVED_MEM_HIGH = 6,
    ACL_RT_MEM_POOL_ATTR_USED_MEM_CURRENT = 7,
    ACL_RT_MEM_POOL_ATTR_USED_MEM_HIGH = 8
};
enum { ACL_RT_MEMCPY_SDMA_AUTOMATIC_SUM = 10, ACL_RT_MEMCPY_SDMA_AUTOMATIC_EQUAL = 13 };
enum {
    ACL_FLOAT = 0,
    ACL_FLOAT16 = 1,
    ACL_INT8 = 2,
    ACL_INT32 = 3,
    ACL_UINT8 = 4,
    ACL_INT16 = 6,
    ACL_UINT16 = 7,
    ACL_UINT32 = 8,
    ACL_INT64 = 9,
    ACL_UINT64 = 10,
    ACL_DOUBLE = 11,
    ACL_BOOL = 12,
    ACL_COMPLEX64 = 16,
    ACL_COMPLEX128 = 17,
    ACL_BF16 = 27
};

typedef struct aclrtUuid {
    char bytes[16];
} aclrtUuid;
typedef struct aclrtUtilizationInfo {
    int32_t cubeUtilization, vectorUtilization, aicpuUtilization, memoryUtilization;
    void *utilizationExtend;
} aclrtUtilizationInfo;
typedef struct aclrtMemLocation {
    uint32_t id;
    int32_t type;
} aclrtMemLocation;
typedef struct aclrtPtrAttributes {
    aclrtMemLocation location;
    uint32_t pageSize;
    uint32_t rsv[4];
} aclrtPtrAttributes;
typedef struct aclrtMemUsageInfo {
    char name[32];
    uint64_t curMemSize, memPeakSize;
    size_t reserved[8];
} aclrtMemUsageInfo;
typedef struct aclrtMallocAttribute {
    int32_t attr;
    union {
        uint16_t moduleId;
        uint32_t deviceId, vaFlag;
        uint8_t rsv[8];
    } value;
} aclrtMallocAttribute;
typedef struct aclrtMallocConfig {
    aclrtMallocAttribute *attrs;
    size_t numAttrs;
} aclrtMallocConfig;
typedef struct aclrtPhysicalMemProp {
    int32_t handleType, allocationType, memAttr;
    aclrtMemLocation location;
    uint64_t reserve;
} aclrtPhysicalMemProp;
typedef struct aclrtMemPoolProps {
    int32_t allocType, handleType;
    aclrtMemLocation location;
    size_t maxSize;
    unsigned char reserved[32];
} aclrtMemPoolProps;
typedef struct aclrtBinaryLoadOption {
    int32_t type;
    union {
        uint32_t isLazyLoad, magic;
        int32_t cpuKernelMode;
        uint32_t rsv[4];
    } value;
} aclrtBinaryLoadOption;
typedef struct aclrtBinaryLoadOptions {
    aclrtBinaryLoadOption *options;
    size_t numOpt;
} aclrtBinaryLoadOptions;
typedef struct aclrtLaunchKernelAttr {
    int32_t id;
    union {
        uint8_t schemMode;
        uint32_t dynUBufSize, blockDimOffset;
        int32_t engineType;
        uint16_t timeout; /* seconds */
        struct {
            uint32_t low, high;
        } timeoutUs;
        uint32_t rsv[4];
    } value;
} aclrtLaunchKernelAttr;
typedef struct aclrtLaunchKernelCfg {
    aclrtLaunchKernelAttr *attrs;
    size_t numAttrs;
} aclrtLaunchKernelCfg;
typedef struct aclrtPlaceHolderInfo {
    uint32_t addrOffset, dataOffset;
} aclrtPlaceHolderInfo;
typedef struct aclrtMemcpyBatchAttr {
    aclrtMemLocation dstLoc, srcLoc;
    uint8_t rsv[16];
} aclrtMemcpyBatchAttr;
typedef union aclrtStreamAttrValue {
    uint64_t failureMode;
    uint32_t overflowSwitch, userCustomTag, cacheOpInfoSwitch, streamPriority, reserve[4];
} aclrtStreamAttrValue;
typedef struct aclrtIpcEventHandle {
    char reserved[64];
} aclrtIpcEventHandle;
typedef struct aclrtMemFabricHandle {
    uint8_t data[128];
} aclrtMemFabricHandle;
typedef struct aclrtStreamConfigHandle {
    void *workptr;
    size_t workSize, flag;
    uint32_t priority;
} aclrtStreamConfigHandle;

_Static_assert(sizeof(aclrtLaunchKernelAttr) == 20 && sizeof(aclrtLaunchKernelCfg) == 16, "launch attributes");
_Static_assert(sizeof(aclrtBinaryLoadOption) == 20 && sizeof(aclrtBinaryLoadOptions) == 16, "load options");
_Static_assert(sizeof(aclrtPtrAttributes) == 28 && sizeof(aclrtPhysicalMemProp) == 32, "memory descriptions");
_Static_assert(sizeof(aclrtMemPoolProps) == 56 && sizeof(aclrtMemUsageInfo) == 112, "memory descriptions");
_Static_assert(sizeof(aclrtUtilizationInfo) == 24 && sizeof(aclrtPlaceHolderInfo) == 8, "utilisation, placeholders");
_Static_assert(sizeof(aclrtStreamConfigHandle) == 32 && sizeof(aclrtMallocConfig) == 16, "configurations");

#endif
