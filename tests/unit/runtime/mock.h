/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock.h - a driver that tests steer: it holds work back, fails at a call, fails a submission with any fault domain,
 * or has a broken table. The driver exports mock_control beside tn_driver_query; the environment variable MOCK chooses
 * what is broken before the first call: "abi", "query", "no-table", "small", "null-function", "bad-name", "no-abort",
 * "no-recover".
 */
#ifndef TESTS_UNIT_RUNTIME_MOCK_H
#define TESTS_UNIT_RUNTIME_MOCK_H

#include <stdatomic.h>
#include <stdint.h>

struct mock_control {
    _Atomic(int) hold;            /* submissions are taken and do not pass */
    _Atomic(int) hold_stream;     /* the same for one stream only: the one made as the so-manyth */
    _Atomic(int) domain;          /* tn_fault_domain of the next fault; 0: the device's own */
    _Atomic(int) tell;            /* 0: stream_fault knows nothing; 1: a window of 2; 2: exact */
    _Atomic(uint64_t) fault_at;   /* this value of a stream fails, once; 0: none */
    _Atomic(int) fault_stream;    /* only in the stream made as the so-manyth; 0: in any */
    _Atomic(int) fault_now;       /* the next submission is itself what fails: a tn_status, 0: none */
    _Atomic(int) lost;            /* every call answers TN_DEVICE_LOST */
    _Atomic(int) fail_in;         /* the call after so many more fails with TN_VENDOR; 0: none */
    _Atomic(int) full;            /* submissions wait inside the driver until this is 0 */
    _Atomic(int) live;            /* objects that the driver gave out and did not get back */
    _Atomic(int) opened;          /* instances */
    _Atomic(int) calls;           /* submissions */
    _Atomic(int) peer;            /* 0: no way between its devices */
};

#endif
