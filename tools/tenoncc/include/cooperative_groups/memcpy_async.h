/* SPDX-License-Identifier: Apache-2.0 */
/* cooperative_groups/memcpy_async.h - for sources that include it by name. */
#include "../cooperative_groups.h"
