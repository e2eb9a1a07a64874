# SPDX-License-Identifier: Apache-2.0
# Helpers that drivers, stand-ins and tenoncc link statically.
$(eval $(call tn_static,tncontainer,drivers/common/container.c drivers/common/container_elf.c))
$(eval $(call tn_static,tndriver,drivers/common/library.c drivers/common/points.c drivers/common/sim_image.c))
