# SPDX-License-Identifier: Apache-2.0
# tenoncc, its device headers and its device library.
TNCC := tools/tenoncc
TNCC_SOURCES := $(addprefix $(TNCC)/,main.c options.c option_table.c option_help.c jobs.c util.c front.c device_object.c front_only.c pch.c resources.c explain.c names.c kernels.c ktab_write.c bundle_write.c add_image.c args_table.c dump.c wrap.c embed.c \
	lower.c asm.c asm_operand.c asm_table.c asm_warp.c asm_more.c defined.c aligned.c dot.c outline.c split.c private.c demote.c regions.c local_atomics.c debug.c escape.c schedule.c schedule_entry.c schedule_rows.c schedule_warp.c image.c level.c groups.c image_check.c link.c link_file.c link_aarch64.c ptx.c amdgcn.c amdgcn_check.c opencl_image.c) \
	$(wildcard $(TNCC)/opencl_c*.c $(TNCC)/vector*.c $(TNCC)/jam*.c $(TNCC)/warp_*.c) $(TNCC)/schedule_wide.c $(TNCC)/step.c $(TNCC)/interleave.c

# The headers and the library stand beside the program: bin/tenoncc finds lib/tenon.
$(eval $(call tn_data,lib/tenon/include,$(wildcard $(TNCC)/include/*.h)))
$(eval $(call tn_data,lib/tenon/include/cooperative_groups,$(wildcard $(TNCC)/include/cooperative_groups/*.h)))
$(eval $(call tn_data,lib/tenon/include/cuda,$(filter-out %/std,$(wildcard $(TNCC)/include/cuda/*))))
$(eval $(call tn_data,lib/tenon/include/cuda/std,$(wildcard $(TNCC)/include/cuda/std/*)))
$(eval $(call tn_data,lib/tenon/include/hip,$(wildcard $(TNCC)/include/hip/*.h)))

TNCC_DEVICE := $(addprefix $(TNCC)/device/,warp.c services.c tensor.c math32.c math64.c math_fast.c)
TNCC_DEVICE_BC := $(patsubst %.c,$(B)/obj/%.bc,$(TNCC_DEVICE))
TNCC_DEVICE_FLAGS := --target=x86_64-unknown-linux-gnu -std=c11 -O2 -ffreestanding -fno-math-errno -fno-trapping-math \
	-ffp-contract=fast -fno-stack-protector -fno-unwind-tables -fno-asynchronous-unwind-tables -fPIC -Wall -Wextra -Werror \
	-Iinclude -I.
# Flags of a level come from the image that the library is linked into; v3 lets fma be an instruction here.
$(B)/obj/$(TNCC)/device/%.bc: $(TNCC)/device/%.c $(wildcard $(TNCC)/device/*.h) $(TNCC)/module.mk include/tenon/sim_image.h
	$(call tn__say,CC,$<)
	@mkdir -p $(@D)
	$(Q)clang-19 $(TNCC_DEVICE_FLAGS) -march=x86-64-v3 -fno-vectorize -fno-slp-vectorize -fno-unroll-loops -emit-llvm -c -o $@ $<
$(B)/lib/tenon/device/tenon.bc: $(TNCC_DEVICE_BC)
	$(call tn__say,LINK,lib/tenon/device/tenon.bc)
	@mkdir -p $(@D)
	$(Q)llvm-link-19 -o $@ $^
$(B)/lib/tenon/device/tenon-ptx.bc: $(addprefix $(TNCC)/device/,ptx.c math32.c math64.c math_fast.c) $(wildcard $(TNCC)/device/*.h) $(TNCC)/module.mk
	$(call tn__say,CC,lib/tenon/device/tenon-ptx.bc)
	@mkdir -p $(@D) $(B)/obj/$(TNCC)/device
	$(Q)for c in $(filter %.c,$^); do clang-19 --target=nvptx64-nvidia-cuda -march=sm_70 -Xclang -target-feature -Xclang +ptx63 \
		-std=c11 -O2 -ffreestanding -fno-math-errno \
		-fno-trapping-math -ffp-contract=fast -fno-vectorize -fno-slp-vectorize -fno-unroll-loops -Wno-unknown-cuda-version \
		-I. -emit-llvm -c -o $(B)/obj/$(TNCC)/device/ptx-$$(basename $$c .c).bc $$c || exit 1; done; \
		llvm-link-19 -o $@ $(patsubst %.c,$(B)/obj/$(TNCC)/device/ptx-%.bc,$(notdir $(filter %.c,$^)))
# Compiled for one chip, since some builtins want that; what is linked loses the chip's name and gets its own.
$(B)/lib/tenon/device/tenon-amdgcn.bc: $(addprefix $(TNCC)/device/,amdgcn.c math32.c math64.c math_fast.c) $(wildcard $(TNCC)/device/*.h) $(TNCC)/module.mk
	$(call tn__say,CC,lib/tenon/device/tenon-amdgcn.bc)
	@mkdir -p $(@D) $(B)/obj/$(TNCC)/device
	$(Q)for c in $(filter %.c,$^); do clang-19 --target=amdgcn-amd-amdhsa -mcpu=gfx906 -mcode-object-version=4 -nogpulib \
		-std=c11 -O2 -ffreestanding -fconvergent-functions -fno-math-errno -fno-trapping-math -ffp-contract=fast -fno-vectorize \
		-fno-slp-vectorize -fno-unroll-loops -Wall -Wextra -Werror -I. -emit-llvm -c \
		-o $(B)/obj/$(TNCC)/device/amdgcn-$$(basename $$c .c).bc $$c || exit 1; done; \
		llvm-link-19 -o $@ $(patsubst %.c,$(B)/obj/$(TNCC)/device/amdgcn-%.bc,$(notdir $(filter %.c,$^)))
$(B)/lib/tenon/device/freestanding.o: $(TNCC)/device/freestanding.c $(TNCC)/module.mk
	$(call tn__say,CC,$<)
	@mkdir -p $(@D)
	$(Q)clang-19 $(TNCC_DEVICE_FLAGS) -fno-builtin -fvisibility=hidden -ffunction-sections -c -o $@ $<
# The same for the images of Arm machines.
TNCC_DEVICE_ARM := $(subst x86_64-unknown-linux-gnu,aarch64-unknown-linux-gnu,$(TNCC_DEVICE_FLAGS))
$(B)/obj/$(TNCC)/device/%-aarch64.bc: $(TNCC)/device/%.c $(wildcard $(TNCC)/device/*.h) $(TNCC)/module.mk include/tenon/sim_image.h
	$(call tn__say,CC,$<)
	@mkdir -p $(@D)
	$(Q)clang-19 $(TNCC_DEVICE_ARM) -fno-vectorize -fno-slp-vectorize -fno-unroll-loops -emit-llvm -c -o $@ $<
$(B)/lib/tenon/device/tenon-aarch64.bc: $(patsubst %.c,$(B)/obj/%-aarch64.bc,$(TNCC_DEVICE))
	$(call tn__say,LINK,lib/tenon/device/tenon-aarch64.bc)
	@mkdir -p $(@D)
	$(Q)llvm-link-19 -o $@ $^
$(B)/lib/tenon/device/freestanding-aarch64.o: $(TNCC)/device/freestanding.c $(TNCC)/module.mk
	$(call tn__say,CC,$<)
	@mkdir -p $(@D)
	$(Q)clang-19 $(TNCC_DEVICE_ARM) -fno-builtin -fvisibility=hidden -ffunction-sections -c -o $@ $<
TNCC_LIBRARY := $(B)/lib/tenon/device/tenon-aarch64.bc $(B)/lib/tenon/device/freestanding-aarch64.o $(B)/lib/tenon/device/tenon.bc $(B)/lib/tenon/device/tenon-ptx.bc \
	$(B)/lib/tenon/device/tenon-amdgcn.bc $(B)/lib/tenon/device/freestanding.o
TN_PRODUCTS += $(TNCC_LIBRARY)
TNCC_HEADERS := $(patsubst $(TNCC)/include/%,$(B)/lib/tenon/include/%,$(wildcard $(TNCC)/include/*.h $(TNCC)/include/*/*.h) $(filter-out %/std,$(wildcard $(TNCC)/include/cuda/*)) $(wildcard $(TNCC)/include/cuda/std/*))
TN_KERNEL_DEPS += $(TNCC_LIBRARY) $(TNCC_HEADERS)

# LLVM's archives, at fixed addresses: loading and relocating its shared library takes 12 ms at each start. The sanitizers want the
# library; TNCC_SHARED=1 asks for it.
tenoncc_CFLAGS := $(LLVM_CFLAGS)
ifneq ($(SAN)$(TNCC_SHARED),)
TNCC_LIBS := $(LLVM_LIBS) -lelf -ljansson -lstdc++
else
TNCC_LLVM := passes x86 aarch64 nvptx amdgpu bitreader bitwriter irreader linker
TNCC_LDFLAGS := -no-pie -B/usr/lib/llvm-19/bin -fuse-ld=lld -Wl,--gc-sections
TNCC_LIBS := `/usr/lib/llvm-19/bin/llvm-config --link-static --libs $(TNCC_LLVM)` -L/usr/lib/llvm-19/lib -lelf -ljansson -lz \
	-l:libzstd.so.1 -lstdc++ -lm
endif
tenoncc_LIBS := $(TNCC_LIBS)
tenoncc_LDFLAGS := $(TNCC_LDFLAGS)
tenoncc_STATIC := tncontainer tenon-bundle tenon-ktab
$(eval $(call tn_prog,tenoncc,$(TNCC_SOURCES)))

# Completions, where bash and fish look for them.
TNCC_COMPLETIONS := $(B)/share/bash-completion/completions/tenoncc $(B)/share/fish/vendor_completions.d/tenoncc.fish
$(TNCC_COMPLETIONS): $(B)/bin/tenoncc
	@mkdir -p $(@D)
	$(Q)$(B)/bin/tenoncc --completion=$(if $(filter %.fish,$@),fish,bash) > $@
TN_PRODUCTS += $(TNCC_COMPLETIONS)

# The headers precompiled, for what compiles at run time; without them tenoncc works as well, and is slower.
TNCC_PCH := $(addprefix $(B)/lib/tenon/pch/,w32.pch w32.cc1 w64.pch w64.cc1)
$(TNCC_PCH) &: $(B)/bin/tenoncc $(addprefix $(B)/lib/tenon/include/,$(notdir $(wildcard $(TNCC)/include/tenon_*.h)))
	$(call tn__say,PCH,lib/tenon/pch)
	$(Q)$(B)/bin/tenoncc --make-pch && touch $(TNCC_PCH)
TN_PRODUCTS += $(TNCC_PCH)
