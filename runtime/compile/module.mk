# SPDX-License-Identifier: Apache-2.0
# libtenon-compile: tenoncc at run time, out of process, behind a cache.
tenon-compile_MAP := runtime/compile/compile.map
tenon-compile_VERSION := $(VERSION)
tenon-compile_SONAME := libtenon-compile.so.$(SOVERSION)
$(eval $(call tn_lib,tenon-compile,$(wildcard runtime/compile/*.c)))
