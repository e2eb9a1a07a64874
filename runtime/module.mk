# SPDX-License-Identifier: Apache-2.0
# libtenon. Everything of it is in this folder and runtime/tap; runtime/discover is a plugin of its own.
tenon_MAP := runtime/tenon.map
tenon_VERSION := $(VERSION)
tenon_SONAME := libtenon.so.$(SOVERSION)
tenon_STATIC := tenon-bundle tenon-ktab
tenon_LIBS := -lelf
$(eval $(call tn_lib,tenon,$(wildcard runtime/*.c runtime/tap/*.c)))
