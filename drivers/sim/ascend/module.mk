# SPDX-License-Identifier: Apache-2.0
# The Ascend stand-in, under its private name and, for `tenon run`, under the vendor's in a private directory.
tenon-sim-ascend_OUT := lib/tenon/sim/libtenon-sim-ascend.so
tenon-sim-ascend_STATIC := tenon-standin tncontainer silicon tenon-ktab
tenon-sim-ascend_MAP := $(B)/gen/drivers/sim/ascend/functions.map
tenon-sim-ascend_LIBS := -l:libinih.a -lm -ldl
$(eval $(call tn_lib,tenon-sim-ascend,$(addprefix drivers/sim/ascend/,binary.c callback.c capture.c copy.c device.c error.c event.c \
	handle.c info.c launch.c limits.c memory.c notify.c pool.c reduce.c refused.c stream.c \
	stream_config.c watch.c)))

$(B)/gen/drivers/sim/ascend/functions.map: drivers/sim/ascend/functions.def drivers/sim/ascend/functions.sh
	@mkdir -p $(@D)
	@drivers/sim/ascend/functions.sh map > $@

$(eval $(call tn_alias,tenon-sim-ascend,lib/tenon/sim/ascend/libascendcl.so,libascendcl.so))
$(eval $(call tn_link,lib/tenon/sim/ascend/libacl_rt.so,libascendcl.so))
