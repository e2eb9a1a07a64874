# SPDX-License-Identifier: Apache-2.0
# Tests of the samples; none needs a download.

tokenizer_test_LIBS := -ljansson
tokenizer_test_SAN := address undefined
$(eval $(call tn_test,tokenizer_test,tests/samples/tokenizer_test.c samples/semantic_search/wordpiece.c))
safetensors_test_LIBS := -ljansson
safetensors_test_SAN := address undefined
$(eval $(call tn_test,safetensors_test,tests/samples/safetensors_test.c samples/semantic_search/safetensors.c))
semantic_search_test_TIMEOUT := 240
semantic_search_test_DEPS := samples
$(eval $(call tn_test_script,semantic_search_test,tests/samples/semantic_search_test.py))
small_samples_test_TIMEOUT := 240
small_samples_test_DEPS := samples
$(eval $(call tn_test_script,small_samples_test,tests/samples/small_samples_test.sh))
