/* SPDX-License-Identifier: Apache-2.0 */
/* runtime/status.c - names and sentences of statuses, names of functions, and the version. Owns nothing. */
#include <stddef.h>

#include "runtime/api.h"
#include "tenon/runtime.h"
#include "tenon/status.h"

TN_API const char *tn_status_name(tn_status status)
{
    switch ((int)status) {
#define TN__NAME(code, name, sentence) case code: return #name;
        TN_STATUS_MAP(TN__NAME)
#undef TN__NAME
    default: return "TN_?";
    }
}

TN_API const char *tn_status_sentence(tn_status status)
{
    switch ((int)status) {
#define TN__SENTENCE(code, name, sentence) case code: return sentence;
        TN_STATUS_MAP(TN__SENTENCE)
#undef TN__SENTENCE
    default: return "this number is no status of this version";
    }
}

const char *tn__api_name(enum tn__api api)
{
    static const char *const names[TN__api_count] = {
        "",
#define TN__NAME(name) "tn_" #name,
        TN__API_MAP(TN__NAME)
#undef TN__NAME
    };
    return (unsigned)api < TN__api_count ? names[api] : "";
}

TN_API uint32_t tn_version(void)
{
    return TN_VERSION_NUMBER;
}

TN_API const char *tn_version_text(void)
{
    return TN_VERSION_STRING;
}
