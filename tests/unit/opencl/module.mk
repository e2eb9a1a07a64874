# SPDX-License-Identifier: Apache-2.0
# Tests of the OpenCL C printer and of the OpenCL driver.
opencl_printer_CFLAGS := $(LLVM_CFLAGS)
opencl_printer_LIBS := $(LLVM_LIBS) -lOpenCL -lm
opencl_printer_TIMEOUT := 240
opencl_printer_SAN := address undefined
opencl_printer_DEPS := $(addprefix tests/unit/opencl/,battery.cu refused.cu)
$(eval $(call tn_test,opencl_printer,$(addprefix tests/unit/opencl/,printer_test.c device.c) \
    $(wildcard tools/tenoncc/opencl_c*.c)))

opencl_driver_CFLAGS := $(LLVM_CFLAGS)
opencl_driver_LIBS := $(LLVM_LIBS) -lOpenCL -ldl -lm
opencl_driver_TIMEOUT := 240
opencl_driver_DEPS := $(addprefix tests/unit/opencl/,battery.cu slow.cu) $(B)/lib/tenon/drivers/opencl.so
$(eval $(call tn_test,opencl_driver,$(addprefix tests/unit/opencl/,driver_test.c device.c image.c) \
    $(wildcard tools/tenoncc/opencl_c*.c)))
