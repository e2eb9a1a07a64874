/* SPDX-License-Identifier: Apache-2.0 */
/* cuda_pipeline.h - copies to local memory, in both forms. */
#include "cuda/pipeline"
#include "cuda_pipeline_primitives.h"
