/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prototypes of the ACL functions that the stand-in carries out. The driver takes the types of its function pointers
 * from here. The full list of exported names, these and those that are refused, is functions.def.
 */
#ifndef DRIVERS_SIM_ASCEND_ACL_FUNCTIONS_H
#define DRIVERS_SIM_ASCEND_ACL_FUNCTIONS_H

#include "drivers/sim/ascend/acl_abi.h"

#define ACL_FN __attribute__((visibility("default")))

/* start, versions, errors */
ACL_FN aclError aclInit(const char *configPath);
ACL_FN aclError aclFinalize(void);
ACL_FN aclError aclFinalizeReference(uint64_t *refCount);
ACL_FN const char *aclGetRecentErrMsg(void);
ACL_FN aclError aclrtGetVersion(int32_t *major, int32_t *minor, int32_t *patch);
ACL_FN aclError aclsysGetVersionNum(char *pkgName, int32_t *versionNum);
ACL_FN aclError aclsysGetVersionStr(char *pkgName, char *versionStr);
ACL_FN aclError aclrtPeekAtLastError(aclrtLastErrLevel level);
ACL_FN aclError aclrtGetLastError(aclrtLastErrLevel level);
ACL_FN size_t aclDataTypeSize(aclDataType dataType);
ACL_FN float aclFloat16ToFloat(aclFloat16 value);
ACL_FN aclFloat16 aclFloatToFloat16(float value);
ACL_FN void aclAppLog(int32_t level, const char *func, const char *file, uint32_t line, const char *fmt, ...);

ACL_FN aclError aclrtSetExceptionInfoCallback(aclrtExceptionInfoCallback callback);
ACL_FN aclError aclrtGetThreadLastTaskId(uint32_t *taskId);
ACL_FN uint32_t aclrtGetTaskIdFromExceptionInfo(const aclrtExceptionInfo *info);
ACL_FN uint32_t aclrtGetStreamIdFromExceptionInfo(const aclrtExceptionInfo *info);
ACL_FN uint32_t aclrtGetThreadIdFromExceptionInfo(const aclrtExceptionInfo *info);
ACL_FN uint32_t aclrtGetDeviceIdFromExceptionInfo(const aclrtExceptionInfo *info);
ACL_FN uint32_t aclrtGetErrorCodeFromExceptionInfo(const aclrtExceptionInfo *info);
ACL_FN aclError aclrtRegStreamStateCallback(const char *regName, aclrtStreamStateCallback callback, void *args);
ACL_FN aclError aclrtRegDeviceStateCallback(const char *regName, aclrtDeviceStateCallback callback, void *args);

/* devices */
ACL_FN const char *aclrtGetSocName(void);
ACL_FN aclError aclrtGetDeviceCount(uint32_t *count);
ACL_FN aclError aclrtSetDevice(int32_t deviceId);
ACL_FN aclError aclrtGetDevice(int32_t *deviceId);
ACL_FN aclError aclrtResetDevice(int32_t deviceId);
ACL_FN aclError aclrtResetDeviceForce(int32_t deviceId);
ACL_FN aclError aclrtSynchronizeDevice(void);
ACL_FN aclError aclrtSynchronizeDeviceWithTimeout(int32_t timeout);
ACL_FN aclError aclrtGetDeviceInfo(uint32_t deviceId, aclrtDevAttr attr, int64_t *value);
ACL_FN aclError aclrtGetDeviceCapability(int32_t deviceId, aclrtDevFeatureType feature, int32_t *value);
ACL_FN aclError aclrtDeviceGetUuid(int32_t deviceId, aclrtUuid *uuid);
ACL_FN aclError aclrtGetDeviceUtilizationRate(int32_t deviceId, aclrtUtilizationInfo *info);
ACL_FN aclError aclrtQueryDeviceStatus(int32_t deviceId, aclrtDeviceStatus *status);
ACL_FN aclError aclrtGetPhyDevIdByLogicDevId(int32_t logicDevId, int32_t *phyDevId);
ACL_FN aclError aclrtGetLogicDevIdByPhyDevId(int32_t phyDevId, int32_t *logicDevId);
ACL_FN aclError aclrtGetLogicDevIdByUserDevId(int32_t userDevId, int32_t *logicDevId);
ACL_FN aclError aclrtGetUserDevIdByLogicDevId(int32_t logicDevId, int32_t *userDevId);
ACL_FN aclError aclrtDeviceGetPCIBusId(int32_t deviceId, char *busId, int32_t length);
ACL_FN aclError aclrtGetDevicesTopo(uint32_t deviceId, uint32_t otherDeviceId, uint64_t *value);
ACL_FN aclError aclrtGetRunMode(aclrtRunMode *runMode);
ACL_FN aclError aclrtDeviceGetStreamPriorityRange(int32_t *least, int32_t *greatest);
ACL_FN aclError aclrtDeviceCanAccessPeer(int32_t *canAccessPeer, int32_t deviceId, int32_t peerDeviceId);
ACL_FN aclError aclrtDeviceEnablePeerAccess(int32_t peerDeviceId, uint32_t flags);
ACL_FN aclError aclrtDeviceDisablePeerAccess(int32_t peerDeviceId);
ACL_FN aclError aclrtDevicePeerAccessStatus(int32_t deviceId, int32_t peerDeviceId, int32_t *status);
ACL_FN aclError aclrtDeviceGetBareTgid(int32_t *pid);
ACL_FN aclError aclrtGetDeviceResLimit(int32_t deviceId, aclrtDevResLimitType type, uint32_t *value);
ACL_FN aclError aclrtSetDeviceSatMode(aclrtFloatOverflowMode mode);
ACL_FN aclError aclrtGetDeviceSatMode(aclrtFloatOverflowMode *mode);
ACL_FN aclError aclrtSetOpExecuteTimeOut(uint32_t timeout);
ACL_FN aclError aclrtSetOpExecuteTimeOutWithMs(uint32_t timeout);
ACL_FN aclError aclrtGetOpExecuteTimeout(uint32_t *timeoutMs);
ACL_FN aclError aclrtSetOpWaitTimeout(uint32_t timeout);

ACL_FN aclError aclrtSetDeviceResLimit(int32_t deviceId, aclrtDevResLimitType type, uint32_t value);
ACL_FN aclError aclrtResetDeviceResLimit(int32_t deviceId);
ACL_FN aclError aclrtGetStreamResLimit(aclrtStream stream, aclrtDevResLimitType type, uint32_t *value);
ACL_FN aclError aclrtSetStreamResLimit(aclrtStream stream, aclrtDevResLimitType type, uint32_t value);
ACL_FN aclError aclrtResetStreamResLimit(aclrtStream stream);
ACL_FN aclError aclrtUseStreamResInCurrentThread(aclrtStream stream);
ACL_FN aclError aclrtUnuseStreamResInCurrentThread(aclrtStream stream);
ACL_FN aclError aclrtGetResInCurrentThread(aclrtDevResLimitType type, uint32_t *value);
ACL_FN aclError aclrtSetSysParamOpt(int32_t opt, int64_t value);
ACL_FN aclError aclrtGetSysParamOpt(int32_t opt, int64_t *value);
ACL_FN aclError aclrtCtxSetSysParamOpt(int32_t opt, int64_t value);
ACL_FN aclError aclrtCtxGetSysParamOpt(int32_t opt, int64_t *value);
ACL_FN aclError aclGetCannAttributeList(const int32_t **list, size_t *num);
ACL_FN aclError aclGetCannAttribute(int32_t attribute, int32_t *value);
ACL_FN aclError aclGetDeviceCapability(uint32_t deviceId, int32_t what, int64_t *value);
ACL_FN aclError aclrtCheckArchCompatibility(const char *socVersion, int32_t *canCompatible);
ACL_FN aclError aclrtGetPhyDevIdByUserDevId(int32_t userDevId, int32_t *phyDevId);
ACL_FN aclError aclrtGetUserDevIdByPhyDevId(int32_t phyDevId, int32_t *userDevId);
ACL_FN aclError aclrtDeviceGetByPCIBusId(const char *busId, int32_t *deviceId);

/* contexts */
ACL_FN aclError aclrtCreateContext(aclrtContext *context, int32_t deviceId);
ACL_FN aclError aclrtDestroyContext(aclrtContext context);
ACL_FN aclError aclrtSetCurrentContext(aclrtContext context);
ACL_FN aclError aclrtGetCurrentContext(aclrtContext *context);
ACL_FN aclError aclrtCtxGetCurrentDefaultStream(aclrtStream *stream);
ACL_FN aclError aclrtGetPrimaryCtxState(int32_t deviceId, uint32_t *flags, int32_t *active);

/* memory */
ACL_FN aclError aclrtMalloc(void **devPtr, size_t size, aclrtMemMallocPolicy policy);
ACL_FN aclError aclrtMallocAlign32(void **devPtr, size_t size, aclrtMemMallocPolicy policy);
ACL_FN aclError aclrtMallocCached(void **devPtr, size_t size, aclrtMemMallocPolicy policy);
ACL_FN aclError aclrtMallocWithCfg(void **devPtr, size_t size, aclrtMemMallocPolicy policy, aclrtMallocConfig *cfg);
ACL_FN aclError aclrtFree(void *devPtr);
ACL_FN aclError aclrtFreeWithDevSync(void *devPtr);
ACL_FN aclError aclrtMallocHost(void **hostPtr, size_t size);
ACL_FN aclError aclrtMallocHostWithCfg(void **hostPtr, uint64_t size, aclrtMallocConfig *cfg);
ACL_FN aclError aclrtFreeHost(void *hostPtr);
ACL_FN aclError aclrtFreeHostWithDevSync(void *hostPtr);
ACL_FN aclError aclrtHostRegister(void *ptr, uint64_t size, aclrtHostRegisterType type, void **devPtr);
ACL_FN aclError aclrtHostRegisterV2(void *ptr, uint64_t size, uint32_t flag);
ACL_FN aclError aclrtHostUnregister(void *ptr);
ACL_FN aclError aclrtHostGetDevicePointer(void *host, void **device, uint32_t flag);
ACL_FN aclError aclrtMemAllocManaged(void **ptr, uint64_t size, uint32_t flag);
ACL_FN aclError aclrtGetMemInfo(aclrtMemAttr attr, size_t *free, size_t *total);
ACL_FN aclError aclrtPointerGetAttributes(const void *ptr, aclrtPtrAttributes *attributes);
ACL_FN aclError aclrtMemGetAddressRange(void *ptr, void **base, size_t *size);
ACL_FN aclError aclrtMemcpy(void *dst, size_t destMax, const void *src, size_t count, aclrtMemcpyKind kind);
ACL_FN aclError aclrtMemcpyAsync(void *dst, size_t destMax, const void *src, size_t count, aclrtMemcpyKind kind,
                                 aclrtStream stream);
ACL_FN aclError aclrtMemcpy2d(void *dst, size_t dpitch, const void *src, size_t spitch, size_t width, size_t height,
                              aclrtMemcpyKind kind);
ACL_FN aclError aclrtMemcpy2dAsync(void *dst, size_t dpitch, const void *src, size_t spitch, size_t width,
                                   size_t height, aclrtMemcpyKind kind, aclrtStream stream);
ACL_FN aclError aclrtMemcpyBatch(void **dsts, size_t *destMaxs, void **srcs, size_t *sizes, size_t numBatches,
                                 aclrtMemcpyBatchAttr *attrs, size_t *attrsIndexes, size_t numAttrs, size_t *failIndex);
ACL_FN aclError aclrtMemcpyBatchAsync(void **dsts, size_t *destMaxs, void **srcs, size_t *sizes, size_t numBatches,
                                      aclrtMemcpyBatchAttr *attrs, size_t *attrsIndexes, size_t numAttrs,
                                      size_t *failIndex, aclrtStream stream);
ACL_FN aclError aclrtMemset(void *devPtr, size_t maxCount, int32_t value, size_t count);
ACL_FN aclError aclrtMemsetAsync(void *devPtr, size_t maxCount, int32_t value, size_t count, aclrtStream stream);
ACL_FN aclError aclrtMemsetD32(void *ptr, size_t memSize, uint32_t value, size_t n);
ACL_FN aclError aclrtMemsetD32Async(void *ptr, size_t memSize, uint32_t value, size_t n, aclrtStream stream);
ACL_FN aclError aclrtValueWrite(void *devAddr, uint64_t value, uint32_t flag, aclrtStream stream);
ACL_FN aclError aclrtValueWait(void *devAddr, uint64_t value, uint32_t flag, aclrtStream stream);
ACL_FN aclError aclrtMemFlush(void *devPtr, size_t size);
ACL_FN aclError aclrtMemInvalidate(void *devPtr, size_t size);
ACL_FN aclError aclrtCmoAsync(void *src, size_t size, aclrtCmoType cmoType, aclrtStream stream);

ACL_FN aclError aclrtReduceAsync(void *dst, const void *src, uint64_t count, aclrtReduceKind kind, aclDataType type,
                                 aclrtStream stream, void *reserve);
ACL_FN aclError aclrtMemcpyBatchV2(void **dsts, size_t *destMaxs, void **srcs, size_t *sizes, size_t numBatches,
                                   aclrtMemcpyBatchAttr *attrs, size_t *attrsIndexes, size_t numAttrs);
ACL_FN aclError aclrtMemcpyBatchAsyncV2(void **dsts, size_t *destMaxs, void **srcs, size_t *sizes, size_t numBatches,
                                        aclrtMemcpyBatchAttr *attrs, size_t *attrsIndexes, size_t numAttrs,
                                        aclrtStream stream);

/* pools */
ACL_FN aclError aclrtMemPoolCreate(aclrtMemPool *memPool, const aclrtMemPoolProps *props);
ACL_FN aclError aclrtMemPoolDestroy(const aclrtMemPool memPool);
ACL_FN aclError aclrtMemPoolSetAttr(aclrtMemPool memPool, aclrtMemPoolAttr attr, void *value);
ACL_FN aclError aclrtMemPoolGetAttr(aclrtMemPool memPool, aclrtMemPoolAttr attr, void *value);
ACL_FN aclError aclrtMemPoolMallocAsync(void **ptr, size_t size, aclrtMemPool memPool, aclrtStream stream);
ACL_FN aclError aclrtMemPoolFreeAsync(void *ptr, aclrtStream stream);
ACL_FN aclError aclrtMemPoolTrimTo(aclrtMemPool memPool, size_t minBytesToKeep);

/* recorded models */
ACL_FN aclError aclmdlRICaptureBegin(aclrtStream stream, aclmdlRICaptureMode mode);
ACL_FN aclError aclmdlRICaptureGetInfo(aclrtStream stream, aclmdlRICaptureStatus *status, aclmdlRI *modelRI);
ACL_FN aclError aclmdlRICaptureEnd(aclrtStream stream, aclmdlRI *modelRI);
ACL_FN aclError aclmdlRICaptureThreadExchangeMode(aclmdlRICaptureMode *mode);
ACL_FN aclError aclmdlRIExecuteAsync(aclmdlRI modelRI, aclrtStream stream);
ACL_FN aclError aclmdlRIExecute(aclmdlRI modelRI, int32_t timeout);
ACL_FN aclError aclmdlRIDestroy(aclmdlRI modelRI);
ACL_FN aclError aclmdlRISetName(aclmdlRI modelRI, const char *name);
ACL_FN aclError aclmdlRIGetName(aclmdlRI modelRI, uint32_t maxLen, char *name);
ACL_FN aclError aclmdlRIGetId(aclmdlRI modelRI, uint32_t *modelRIId);

/* streams */
ACL_FN aclError aclrtCreateStream(aclrtStream *stream);
ACL_FN aclError aclrtCreateStreamWithConfig(aclrtStream *stream, uint32_t priority, uint32_t flag);
ACL_FN aclError aclrtDestroyStream(aclrtStream stream);
ACL_FN aclError aclrtDestroyStreamForce(aclrtStream stream);
ACL_FN aclError aclrtSynchronizeStream(aclrtStream stream);
ACL_FN aclError aclrtSynchronizeStreamWithTimeout(aclrtStream stream, int32_t timeout);
ACL_FN aclError aclrtStreamQuery(aclrtStream stream, aclrtStreamStatus *status);
ACL_FN aclError aclrtStreamWaitEvent(aclrtStream stream, aclrtEvent event);
ACL_FN aclError aclrtStreamWaitEventWithTimeout(aclrtStream stream, aclrtEvent event, int32_t timeout);
ACL_FN aclError aclrtStreamAbort(aclrtStream stream);
ACL_FN aclError aclrtStreamGetId(aclrtStream stream, int32_t *streamId);
ACL_FN aclError aclrtStreamGetPriority(aclrtStream stream, uint32_t *priority);
ACL_FN aclError aclrtStreamGetFlags(aclrtStream stream, uint32_t *flags);
ACL_FN aclError aclrtSetStreamFailureMode(aclrtStream stream, uint64_t mode);
ACL_FN aclError aclrtSetStreamAttribute(aclrtStream stream, aclrtStreamAttr attr, aclrtStreamAttrValue *value);
ACL_FN aclError aclrtGetStreamAttribute(aclrtStream stream, aclrtStreamAttr attr, aclrtStreamAttrValue *value);
ACL_FN aclError aclrtGetStreamAvailableNum(uint32_t *streamCount);
ACL_FN aclError aclrtLaunchHostFunc(aclrtStream stream, aclrtCallback fn, void *args);
ACL_FN aclError aclrtSubscribeReport(uint64_t threadId, aclrtStream stream);
ACL_FN aclError aclrtUnSubscribeReport(uint64_t threadId, aclrtStream stream);
ACL_FN aclError aclrtLaunchCallback(aclrtCallback fn, void *userData, aclrtCallbackBlockType blockType,
                                    aclrtStream stream);
ACL_FN aclError aclrtProcessReport(int32_t timeout);

ACL_FN aclrtStreamConfigHandle *aclrtCreateStreamConfigHandle(void);
ACL_FN aclError aclrtDestroyStreamConfigHandle(aclrtStreamConfigHandle *handle);
ACL_FN aclError aclrtSetStreamConfigOpt(aclrtStreamConfigHandle *handle, int32_t attr, const void *attrValue,
                                        size_t valueSize);
ACL_FN aclError aclrtCreateStreamV2(aclrtStream *stream, const aclrtStreamConfigHandle *handle);
ACL_FN aclError aclrtSubscribeHostFunc(uint64_t threadId, aclrtStream stream);
ACL_FN aclError aclrtUnSubscribeHostFunc(uint64_t threadId, aclrtStream stream);
ACL_FN aclError aclrtProcessHostFunc(int32_t timeout);

/* events and notifications */
ACL_FN aclError aclrtRecordEventWithFlag(aclrtEvent event, aclrtStream stream, uint32_t flag);
ACL_FN aclError aclrtStreamWaitEventWithFlag(aclrtStream stream, aclrtEvent event, uint32_t flag);
ACL_FN aclError aclrtCreateNotify(aclrtNotify *notify, uint64_t flag);
ACL_FN aclError aclrtDestroyNotify(aclrtNotify notify);
ACL_FN aclError aclrtRecordNotify(aclrtNotify notify, aclrtStream stream);
ACL_FN aclError aclrtWaitAndResetNotify(aclrtNotify notify, aclrtStream stream, uint32_t timeout);
ACL_FN aclError aclrtNotifyBatchReset(aclrtNotify *notifies, size_t num);
ACL_FN aclError aclrtGetNotifyId(aclrtNotify notify, uint32_t *notifyId);
ACL_FN aclError aclrtCreateEvent(aclrtEvent *event);
ACL_FN aclError aclrtCreateEventWithFlag(aclrtEvent *event, uint32_t flag);
ACL_FN aclError aclrtCreateEventExWithFlag(aclrtEvent *event, uint32_t flag);
ACL_FN aclError aclrtDestroyEvent(aclrtEvent event);
ACL_FN aclError aclrtRecordEvent(aclrtEvent event, aclrtStream stream);
ACL_FN aclError aclrtResetEvent(aclrtEvent event, aclrtStream stream);
ACL_FN aclError aclrtQueryEvent(aclrtEvent event, aclrtEventStatus *status);
ACL_FN aclError aclrtQueryEventStatus(aclrtEvent event, aclrtEventRecordedStatus *status);
ACL_FN aclError aclrtQueryEventWaitStatus(aclrtEvent event, aclrtEventWaitStatus *status);
ACL_FN aclError aclrtSynchronizeEvent(aclrtEvent event);
ACL_FN aclError aclrtSynchronizeEventWithTimeout(aclrtEvent event, int32_t timeout);
ACL_FN aclError aclrtEventElapsedTime(float *ms, aclrtEvent startEvent, aclrtEvent endEvent);
ACL_FN aclError aclrtEventGetTimestamp(aclrtEvent event, uint64_t *timestamp);
ACL_FN aclError aclrtGetEventId(aclrtEvent event, uint32_t *eventId);

/* kernels */
ACL_FN aclError aclrtBinaryLoadFromData(const void *data, size_t length, const aclrtBinaryLoadOptions *options,
                                        aclrtBinHandle *binHandle);
ACL_FN aclError aclrtBinaryLoadFromFile(const char *binPath, aclrtBinaryLoadOptions *options,
                                        aclrtBinHandle *binHandle);
ACL_FN aclrtBinary aclrtCreateBinary(const void *data, size_t dataLen);
ACL_FN aclError aclrtDestroyBinary(aclrtBinary binary);
ACL_FN aclError aclrtBinaryLoad(const aclrtBinary binary, aclrtBinHandle *binHandle);
ACL_FN aclError aclrtBinaryUnLoad(aclrtBinHandle binHandle);
ACL_FN aclError aclrtBinaryGetFunction(const aclrtBinHandle binHandle, const char *kernelName,
                                       aclrtFuncHandle *funcHandle);
ACL_FN aclError aclrtBinaryGetFunctionByEntry(aclrtBinHandle binHandle, uint64_t entry, aclrtFuncHandle *funcHandle);
ACL_FN aclError aclrtBinaryGetGlobal(aclrtBinHandle binHandle, const char *name, void **dptr, size_t *size);
ACL_FN aclError aclrtBinaryGetDevAddress(const aclrtBinHandle binHandle, void **binAddr, size_t *binSize);
ACL_FN aclError aclrtLaunchKernel(aclrtFuncHandle func, uint32_t numBlocks, const void *argsData, size_t argsSize,
                                  aclrtStream stream);
ACL_FN aclError aclrtLaunchKernelV2(aclrtFuncHandle func, uint32_t numBlocks, const void *argsData, size_t argsSize,
                                    aclrtLaunchKernelCfg *cfg, aclrtStream stream);
ACL_FN aclError aclrtLaunchKernelWithHostArgs(aclrtFuncHandle func, uint32_t numBlocks, aclrtStream stream,
                                              aclrtLaunchKernelCfg *cfg, void *hostArgs, size_t argsSize,
                                              aclrtPlaceHolderInfo *placeHolders, size_t placeHolderNum);
ACL_FN aclError aclrtLaunchKernelWithArgsArray(void *func, uint32_t numBlocks, aclrtStream stream,
                                               aclrtLaunchKernelCfg *cfg, void **args);
ACL_FN aclError aclrtLaunchKernelWithConfig(aclrtFuncHandle func, uint32_t numBlocks, aclrtStream stream,
                                            aclrtLaunchKernelCfg *cfg, aclrtArgsHandle argsHandle, void *reserve);
ACL_FN aclError aclrtKernelArgsInit(aclrtFuncHandle func, aclrtArgsHandle *argsHandle);
ACL_FN aclError aclrtKernelArgsInitByUserMem(aclrtFuncHandle func, aclrtArgsHandle argsHandle, void *userHostMem,
                                             size_t actualArgsSize);
ACL_FN aclError aclrtKernelArgsGetMemSize(aclrtFuncHandle func, size_t userArgsSize, size_t *actualArgsSize);
ACL_FN aclError aclrtKernelArgsGetHandleMemSize(aclrtFuncHandle func, size_t *memSize);
ACL_FN aclError aclrtKernelArgsAppend(aclrtArgsHandle argsHandle, void *param, size_t paramSize,
                                      aclrtParamHandle *paramHandle);
ACL_FN aclError aclrtKernelArgsAppendPlaceHolder(aclrtArgsHandle argsHandle, aclrtParamHandle *paramHandle);
ACL_FN aclError aclrtKernelArgsGetPlaceHolderBuffer(aclrtArgsHandle argsHandle, aclrtParamHandle paramHandle,
                                                    size_t dataSize, void **buffer);
ACL_FN aclError aclrtKernelArgsParaUpdate(aclrtArgsHandle argsHandle, aclrtParamHandle paramHandle, void *param,
                                          size_t paramSize);
ACL_FN aclError aclrtKernelArgsFinalize(aclrtArgsHandle argsHandle);
ACL_FN aclError aclrtFunctionGetParamCount(const void *func, size_t *paramCount);
ACL_FN aclError aclrtFunctionGetParamInfo(const void *func, size_t index, size_t *offset, size_t *size);
ACL_FN aclError aclrtFunctionGetBinary(const aclrtFuncHandle func, aclrtBinHandle *binHandle);
ACL_FN aclError aclrtGetFunctionAttribute(aclrtFuncHandle func, aclrtFuncAttribute attr, int64_t *value);
ACL_FN aclError aclrtGetFunctionName(aclrtFuncHandle func, uint32_t maxLen, char *name);

#endif
