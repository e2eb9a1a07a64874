# SPDX-License-Identifier: Apache-2.0
# Tests of the Ascend stand-in, as a program written against ACL would use it, and of its table of names.
$(B)/tests/ascend_image.so: tests/unit/sim_ascend/image.c include/tenon/bundle.h include/tenon/sim_image.h $(B)/flags.stamp
	@mkdir -p $(@D)
	@$(CC) -std=c11 $(TN_WARN) -O2 -fPIC -fvisibility=hidden -fno-stack-protector -ffreestanding -Iinclude -shared -nostdlib \
		-Wl,-z,noexecstack -Wl,-z,norelro -Wl,--hash-style=sysv -Wl,--build-id=none -Wl,-z,separate-code -Wl,-Bsymbolic -o $@ $<

sim_ascend_STATIC := tncontainer tenon-ktab
sim_ascend_LIBS := -ldl
sim_ascend_DEPS := $(B)/tests/ascend_image.so $(B)/lib/tenon/sim/libtenon-sim-ascend.so \
	$(B)/share/tenon/profiles/ascend910b.ini $(B)/share/tenon/profiles/bw1000.ini $(B)/lib/tenon/sim/ascend/libascendcl.so
sim_ascend_ENV := TENON_SIM=ascend910b:3 ASCEND_IMAGE=$(B)/tests/ascend_image.so
$(eval $(call tn_test,sim_ascend,$(addprefix tests/unit/sim_ascend/,test_main.c test_device.c test_memory.c test_stream.c test_launch.c \
	test_profile.c test_capture.c test_failures.c)))
sim_ascend_table_DEPS := $(B)/lib/tenon/sim/libtenon-sim-ascend.so $(B)/lib/tenon/sim/ascend/libascendcl.so \
	$(B)/obj/links/lib/tenon/sim/ascend/libacl_rt.so
$(eval $(call tn_test_script,sim_ascend_table,tests/unit/sim_ascend/table.sh))

# Public programs of the vendor's; skipped, with the reason, where they are not at hand.
sim_ascend_sample_TIMEOUT := 300
sim_ascend_sample_DEPS := $(B)/bin/tenon $(B)/bin/tenoncc $(TN_KERNEL_DEPS) $(B)/lib/tenon/sim/libtenon-sim-ascend.so \
	$(B)/obj/links/lib/tenon/sim/ascend/libacl_rt.so $(B)/share/tenon/profiles/ascend910b.ini
$(eval $(call tn_test_script,sim_ascend_sample,tests/unit/sim_ascend/sample.sh))
