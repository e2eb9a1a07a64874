/* SPDX-License-Identifier: Apache-2.0 */
/* tenon/export.h - visibility, must-use, and the version of the API. Included by every other header. */
#ifndef TENON_EXPORT_H
#define TENON_EXPORT_H

#define TN_VERSION_MAJOR 0
#define TN_VERSION_MINOR 1
#define TN_VERSION_PATCH 0
#define TN_VERSION_NUMBER ((TN_VERSION_MAJOR << 16) | (TN_VERSION_MINOR << 8) | TN_VERSION_PATCH)

#if defined(__GNUC__) || defined(__clang__)
#define TN_EXPORT __attribute__((visibility("default")))
#define TN_MUST_USE __attribute__((warn_unused_result))
#define TN_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#else
#define TN_EXPORT
#define TN_MUST_USE
#define TN_PRINTF(format_index, first)
#endif

#define TN_API TN_EXPORT            /* a function of the API */
#define TN_CALL TN_EXPORT TN_MUST_USE  /* one whose status must be looked at */

#endif
