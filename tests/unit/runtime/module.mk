# SPDX-License-Identifier: Apache-2.0
# Tests of libtenon on the null driver and on a driver that the tests steer.
mock_OUT := obj/tests/mock.so
mock_MAP := tests/unit/runtime/mock.map
$(eval $(call tn_driver,mock,tests/unit/runtime/mock.c))
not-a-driver_OUT := obj/tests/not_a_driver.so
not-a-driver_MAP := tests/unit/runtime/mock.map
$(eval $(call tn_driver,not-a-driver,tests/unit/runtime/not_a_driver.c))
crash-in-query_OUT := obj/tests/crash_in_query.so
$(eval $(call tn_driver,crash-in-query,tests/unit/runtime/crash_in_query.c))

tn__runtime_plugins := $(B)/lib/tenon/drivers/null.so $(B)/obj/tests/mock.so $(B)/obj/tests/not_a_driver.so
TN_RUNTIME_TESTS := open memory stream launch fault stress
define tn__runtime_test
runtime-$(1)_LIBS := -ltenon
runtime-$(1)_TIMEOUT := 240
runtime-$(1)_DEPS := $(tn__runtime_plugins)
$$(eval $$(call tn_test,runtime-$(1),tests/unit/runtime/$(1)_test.c))
endef
$(foreach t,$(TN_RUNTIME_TESTS),$(eval $(call tn__runtime_test,$(t))))

# The map of ranges is no part of the API: the test compiles it in.
runtime-ranges_TIMEOUT := 240
runtime-ranges_DEPS := $(tn__runtime_plugins)
$(eval $(call tn_test,runtime-ranges,tests/unit/runtime/ranges_test.c runtime/ranges.c))

layer-bench_OUT := obj/tests/layer-bench
layer-bench_LIBS := -ltenon $(CHECK_LIBS)
layer-bench_DEPS := $(tn__runtime_plugins)
layer-bench_LDFLAGS := -Wl,-rpath,'$$$$ORIGIN/../../lib'
$(eval $(call tn_prog,layer-bench,tests/unit/runtime/layer_bench.c))

list-devices_OUT := obj/tests/list-devices
list-devices_LIBS := -ltenon
list-devices_LDFLAGS := -Wl,-rpath,'$$$$ORIGIN/../../lib'
$(eval $(call tn_prog,list-devices,tests/unit/runtime/list_devices.c))
runtime-recipe_DEPS := $(B)/obj/tests/list-devices
runtime-recipe_SAN := none
$(eval $(call tn_test_script,runtime-recipe,tests/unit/runtime/recipe.sh))
runtime-output_SAN := none
runtime-output_DEPS := $(B)/bin/tenon $(B)/bin/tenon-cts $(B)/obj/tests/crash_in_query.so $(tn__runtime_plugins) \
	$(B)/lib/tenon/sim/cuda/libcuda.so.1 $(B)/share/tenon/profiles/a100.ini
$(eval $(call tn_test_script,runtime-output,tests/unit/runtime/output.sh))

# The whole library compiled in, for what its symbol map hides.
runtime-internals_DEPS := $(tn__runtime_plugins)
runtime-internals_STATIC := tenon-bundle tenon-ktab
runtime-internals_LIBS := -lelf
$(eval $(call tn_test,runtime-internals,tests/unit/runtime/internals_test.c $(wildcard runtime/*.c runtime/tap/*.c)))
