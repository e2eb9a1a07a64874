# SPDX-License-Identifier: Apache-2.0
# `make check`: the tests of this build, then the sanitizer builds' share of them, all run by mk/run-tests, whose
# last line is "N passed, N failed, N skipped". The scripts in mk/tests check the build itself.

.PHONY: check check-san-lists san-tests

# Trees of the sanitizers stand beside the main one: build -> build-address, /tmp/b -> /tmp/b-address.
tn__sandir = $(B)-$(1)
TN_CHECK_JOBS ?= $(shell nproc)
TN_CHECK_SANS ?= $(if $(SAN),,$(SANS))

# What mk/run-tests runs, one test a line; tabs between: name, file, seconds, flags, environment, arguments.
$(B)/tests.list: FORCE
	@mkdir -p $(@D)
	@printf '%b' '$(subst ','\'',$(foreach t,$(TN_TEST_NAMES),$(call tn__entry,$(t))\n))' | sed 's/^ //' > $@
tn__entry = $(call tn__fields,$(1),$(TN_TEST_$(1)_KEY))
tn__fields = $(1)\t$(TN_TEST_$(1)_FILE)\t$(or $($(2)_TIMEOUT),60)\t$(if $(filter 1,$($(2)_ALONE)),alone,-)\t$($(2)_ENV)\t$($(2)_ARGS)

# What the named tests need: their programs, and what they say in NAME_DEPS.
tn__test_files = $(foreach t,$(1),$(filter $(B)/%,$(TN_TEST_$(t)_FILE)) $($(TN_TEST_$(t)_KEY)_DEPS))

# In a sanitizer's build: the tests that take part, and their list.
TN_SAN_NAMES = $(if $(SAN),$(foreach t,$(TN_TEST_NAMES),$(if $(filter $(SAN),$(TN_TEST_$(t)_SAN)),$(t))))
$(B)/san-tests.list: FORCE
	@mkdir -p $(@D)
	@printf '%b' '$(subst ','\'',$(foreach t,$(TN_SAN_NAMES),$(call tn__entry,$(t))\n))' | sed 's/^ //' > $@
san-tests: $(call tn__test_files,$(TN_SAN_NAMES)) $(B)/san-tests.list

$(eval $(call tn_test_script,check-runner,mk/tests/runner.sh))
$(eval $(call tn_test_script,check-headers,mk/tests/headers.sh))
$(eval $(call tn_test_script,check-symbols,mk/tests/symbols.sh))
$(eval $(call tn_test_script,check-api,mk/tests/api.sh))
$(eval $(call tn_test_script,check-licence,mk/tests/licence.sh))
check-install_TIMEOUT := 300
$(eval $(call tn_test_script,check-install,mk/tests/install.sh))

# Scripts too have things that must be built before they run.
tests: $(call tn__test_files,$(TN_TEST_NAMES))

## check: run every test, then the unit tests again under the address, undefined-behaviour and thread sanitizers
check: tests samples $(if $(SAN),san-tests) $(B)/deps-test.stamp
	+@for s in $(TN_CHECK_SANS); do echo "building the tests for SAN=$$s"; rm -f '$(B)'-$$s/build-failed; \
		$(MAKE) -k SAN=$$s B='$(B)'-$$s TN_TENONCC='$(TN_TENONCC)' san-tests || touch '$(B)'-$$s/build-failed; done
	+@CC='$(CC)' CXX='$(CXX)' mk/run-tests --jobs $(TN_CHECK_JOBS) --build '$(B)' \
		$(if $(SAN),--san $(SAN) '$(B)/san-tests.list',--list '$(B)/tests.list') \
		$(foreach s,$(TN_CHECK_SANS),--san $(s) '$(call tn__sandir,$(s))/san-tests.list')

## check-one: build and run the tests named by T="a b" only
.PHONY: check-one
check-one: $(call tn__test_files,$(T)) $(B)/tests.list
	+@CC='$(CC)' CXX='$(CXX)' mk/run-tests --jobs 1 --verbose --build '$(B)' --list '$(B)/tests.list' --only '$(T)'
