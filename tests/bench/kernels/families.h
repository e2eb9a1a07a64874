/* SPDX-License-Identifier: Apache-2.0 */
/* The families, in the order of the table; for each X(NAME) there are NAME.c, NAME_hand.c, NAME.cu and NAME.cl. */
X(streaming)
X(gemm)
X(reduce)
X(scan)
X(histogram)
X(transpose)
X(stencil)
