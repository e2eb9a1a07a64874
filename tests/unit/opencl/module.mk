# SPDX-License-Identifier: Apache-2.0
# Tests of the OpenCL C printer and of the OpenCL driver.
opencl_printer_CFLAGS := $(LLVM_CFLAGS)
opencl_printer_LIBS := $(LLVM_LIBS) -lOpenCL -lm
opencl_printer_TIMEOUT := 240
opencl_printer_SAN := none
opencl_printer_DEPS := $(addprefix tests/unit/opencl/,battery.cu refused.cu)
$(eval $(call tn_test,opencl_printer,$(addprefix tests/unit/opencl/,printer_test.c device.c) \
    $(wildcard tools/tenoncc/opencl_c*.c)))
