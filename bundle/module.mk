# SPDX-License-Identifier: Apache-2.0
# The readers of bundles. X_STATIC := tenon-bundle tenon-ktab (with -lelf), or tenon-ktab alone.
$(eval $(call tn_static,tenon-ktab,bundle/ktab.c bundle/cpu.c bundle/elf_file.c))
$(eval $(call tn_static,tenon-bundle,bundle/bundle.c))
