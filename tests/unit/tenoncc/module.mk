# SPDX-License-Identifier: Apache-2.0
# Bundles and kernel tables: written by tenoncc's writer, read by the reader that the runtime uses.
tenoncc-bundle_CFLAGS := $(LLVM_CFLAGS)
tenoncc-bundle_STATIC := tenon-bundle tenon-ktab
tenoncc-bundle_LIBS := -lelf $(CHECK_LIBS)
$(eval $(call tn_test,tenoncc-bundle,tests/unit/tenoncc/bundle.c tools/tenoncc/bundle_write.c tools/tenoncc/ktab_write.c \
	tools/tenoncc/util.c))
