# SPDX-License-Identifier: Apache-2.0
# For programs that link kernels, with GNU make:
#
#   include $(shell pkg-config --variable=makefile tenon)
#   program: main.o vector.kernels.o
#   main.o: vector.kernels.h
#
# vector.cu is then compiled into an object that holds its bundle, and a header with typed launch functions.
TENONCC ?= $(shell pkg-config --variable=tenoncc tenon)
TENONCCFLAGS ?=

%.kernels.o %.kernels.h: %.cu
	$(TENONCC) --embed $(TENONCCFLAGS) $< -o $*.kernels.o --header $*.kernels.h
