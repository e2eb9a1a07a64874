# SPDX-License-Identifier: Apache-2.0
# Tests of the samples' own code that need neither a device nor a download.

tokenizer_test_LIBS := -ljansson
tokenizer_test_SAN := address undefined
$(eval $(call tn_test,tokenizer_test,tests/samples/tokenizer_test.c samples/semantic_search/wordpiece.c))
safetensors_test_LIBS := -ljansson
safetensors_test_SAN := address undefined
$(eval $(call tn_test,safetensors_test,tests/samples/safetensors_test.c samples/semantic_search/safetensors.c))
