/* SPDX-License-Identifier: Apache-2.0 */
/* tenon/tenon.h - the whole public API. A program includes this and links libtenon. */
#ifndef TENON_TENON_H
#define TENON_TENON_H

#include "tenon/status.h"
#include "tenon/types.h"
#include "tenon/runtime.h"
#include "tenon/device.h"
#include "tenon/memory.h"
#include "tenon/stream.h"
#include "tenon/event.h"
#include "tenon/module.h"

#endif
