# SPDX-License-Identifier: Apache-2.0
# The silicon engine, an archive for the stand-ins: X_STATIC := silicon tenon-ktab, X_LIBS += -linih.
$(eval $(call tn_static,silicon,$(addprefix drivers/sim/engine/,apart.c copy.c crowd.c device.c drain.c elf.c fault.c granules.c image.c lines.c \
	operand.c inject.c memory.c print.c profile.c protect.c runner.c services.c space.c stream.c switch.S symbols.c text.c together.c \
	verdict.c watchdog.c workers.c)))
