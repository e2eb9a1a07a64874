# SPDX-License-Identifier: Apache-2.0
# The one Makefile. It chooses the compiler, flags and build directory, includes each folder's module.mk, and
# owns the targets that span folders. mk/rules.mk has the macros that a module.mk uses. Start with `make help`.

VERSION := 0.1.0
SOVERSION := 0
PREFIX ?= /usr/local
DESTDIR ?=
SAN ?=
V ?= 0
# Parallel by default; an explicit -jN on the command line wins.
ifndef TN_SUBMAKE
export TN_SUBMAKE := 1
MAKEFLAGS += -j$(shell nproc) --output-sync=target
endif
MAKEFLAGS += --no-print-directory --no-builtin-rules

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := $(if $(findstring clang,$(CC)),$(subst clang,clang++,$(CC)),$(subst gcc,g++,$(CC)))
endif
ifeq ($(origin AR),default)
AR := ar
endif
B ?= build$(addprefix -,$(SAN))
# One spelling for one folder, since it stands in the flags.
override B := $(patsubst $(CURDIR)/%,%,$(abspath $(B)))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

include mk/rules.mk
# What every kernel bundle needs stands in TN_KERNEL_DEPS, which must be known before the first rule of one is read.
-include tools/tenoncc/module.mk
include $(filter-out tools/tenoncc/module.mk,$(wildcard */module.mk */*/module.mk */*/*/module.mk */*/*/*/module.mk))
include mk/package.mk
include mk/check.mk
include mk/arm64.mk
-include $(TN_OBJECTS:.o=.d)

.PHONY: all products samples tests demo bench deps format lint clean help FORCE

## all: build libtenon, the drivers, the simulators, the tools, the kernels and the samples (the default)
all: products samples
products: $(TN_PRODUCTS)
samples: $(TN_SAMPLES)
## tests: build the test programs too
tests: products $(TN_TESTS) $(B)/tests.list

## demo: build everything, list the devices, run semantic search with a real model on each of them
demo: all $(B)/deps-demo.stamp
	+@TENON_BUILD='$(B)' samples/demo.sh

## bench: measure launch, copy, allocation and kernels beside raw OpenCL, in one run
bench: all tests $(B)/deps-test.stamp
	+@TENON_BUILD='$(B)' tests/bench/bench.sh

## deps: install the Debian packages that all, check and demo need (needs root; says which)
deps:
	+@mk/deps.sh build test demo

## format: rewrite the C sources with clang-format
format: $(B)/deps-lint.stamp
	@clang-format -i $(TN_FORMAT_FILES) && echo "formatted $(words $(TN_FORMAT_FILES)) files"

## lint: clang-tidy and cppcheck over the sources, shellcheck over the scripts
lint: $(B)/deps-lint.stamp
	+@mk/lint.sh '$(B)' $(TN_LINT_FILES)

## clean: remove the build directories
clean:
	rm -rf build build-address build-undefined build-thread build-arm64 build-arm64-sysroot

## help: this list
help:
	@echo 'Tenon $(VERSION): make [target] [B=dir] [CC=gcc] [SAN=address|undefined|thread] [V=1] [PREFIX=] [DESTDIR=]'
	@cat $(filter Makefile %.mk,$(MAKEFILE_LIST)) | sed -n 's/^## \([a-z0-9-]*\): /  \1\t/p' | expand -t 18 | sort
