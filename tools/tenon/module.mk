# SPDX-License-Identifier: Apache-2.0
tenon_LIBS := -ltenon -ljansson -linih
$(eval $(call tn_prog,tenon,$(wildcard tools/tenon/*.c)))
