# SPDX-License-Identifier: Apache-2.0
# The plugin for Ascend's ACL.
ascend_STATIC := tncontainer tndriver tenon-ktab
ascend_LIBS := -ldl
$(eval $(call tn_driver,ascend,$(addprefix drivers/ascend/,ascend.c memory.c module.c stream.c)))
