# SPDX-License-Identifier: Apache-2.0
# The driver to copy: see README.md.
null_STATIC := tenon-ktab
$(eval $(call tn_driver,null,drivers/null/null.c))
