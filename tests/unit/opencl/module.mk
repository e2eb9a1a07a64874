# SPDX-License-Identifier: Apache-2.0
# Tests of the OpenCL C printer and of the OpenCL driver.
opencl-test_CFLAGS := $(LLVM_CFLAGS)
$(eval $(call tn_static,opencl-test,$(addprefix tests/unit/opencl/,device.c image.c) $(wildcard tools/tenoncc/opencl_c*.c)))

opencl_printer_CFLAGS := $(LLVM_CFLAGS)
opencl_printer_STATIC := opencl-test
opencl_printer_LIBS := $(LLVM_LIBS) -lOpenCL -lm
opencl_printer_TIMEOUT := 240
opencl_printer_SAN := address undefined
opencl_printer_DEPS := $(addprefix tests/unit/opencl/,battery.cu refused.cu)
$(eval $(call tn_test,opencl_printer,tests/unit/opencl/printer_test.c))

opencl_warps_CFLAGS := $(LLVM_CFLAGS)
opencl_warps_STATIC := opencl-test
opencl_warps_LIBS := $(LLVM_LIBS) -lOpenCL -lm
opencl_warps_TIMEOUT := 240
opencl_warps_SAN := address undefined
opencl_warps_DEPS := tests/unit/opencl/warps.cu
$(eval $(call tn_test,opencl_warps,tests/unit/opencl/warps_test.c))

opencl_shim_OUT := obj/tests/opencl_shim.so
opencl_shim_LDFLAGS := -Wl,--no-as-needed -lOpenCL
$(eval $(call tn_lib,opencl_shim,tests/unit/opencl/shim.c))

# The same test in each tier; the two that PoCL does not need go through the shim.
define opencl_driver_test
$(1)_CFLAGS := $(LLVM_CFLAGS)
$(1)_STATIC := opencl-test
$(1)_LIBS := $(LLVM_LIBS) -lOpenCL -ldl -lm
$(1)_TIMEOUT := 240
$(1)_ENV := $(2)
$(1)_SAN := $(3)
$(1)_DEPS := $(addprefix tests/unit/opencl/,battery.cu slow.cu) $(B)/lib/tenon/drivers/opencl.so $(B)/obj/tests/opencl_shim.so
$$(eval $$(call tn_test,$(1),tests/unit/opencl/driver_test.c tests/unit/host.c))
endef
$(eval $(call opencl_driver_test,opencl_driver,,address undefined thread))
$(eval $(call opencl_driver_test,opencl_driver_buffers,TENON_TEST_TIER=buffers,none))
$(eval $(call opencl_driver_test,opencl_driver_addresses,TENON_TEST_TIER=addresses,none))
