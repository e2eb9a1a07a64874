/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes wrong, and how it is told. Each mistake below is made on purpose: the status says what class of thing it
 * is, and tn_error_take gives the rest, in a sentence for people and in fields for programs. The device works on
 * afterwards.
 */
#include "sample.h"

static int unexpected;

/* Takes the detail away, so that a clean-up that follows can't disturb it. */
static void expect(const char *mistake, tn_status got, tn_status expected)
{
    tn_error error = { .size = sizeof error };
    bool told = tn_error_take(&error);
    printf("%s\n    %s: %s\n", mistake, tn_status_name(got), told ? error.message : tn_status_sentence(got));
    if (told && error.vendor_name[0])
        printf("    the vendor's library says %s (%lld)\n", error.vendor_name, (long long)error.vendor_code);
    if (got != expected || (got != TN_OK && !told)) {
        printf("    that was not expected: %s was\n", tn_status_name(expected));
        unexpected++;
    }
}

int main(void)
{
    uint32_t devices;
    tn_runtime runtime = sample_open(&devices);
    tn_device device;
    tn_stream stream, gone;
    tn_module module, none;
    tn_kernel square, no_kernel;
    tn_address memory, second;
    float data[64] = { 0 };
    const int n = 64, huge = 1 << 30;
    const tn_launch shape = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 64, 1, 1 }, 0);
    const tn_launch wide = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1u << 20, 1, 1 }, 0);
    const tn_launch empty = tn_launch_shape((tn_dim3){ 0, 1, 1 }, (tn_dim3){ 64, 1, 1 }, 0);
    CHECK(tn_device_get(runtime, 0, &device));
    CHECK(tn_stream_create(device, NULL, &stream));
    CHECK(tn_module_load_file(device, sample_bundle(), NULL, &module));
    CHECK(tn_module_kernel(module, "square", &square));
    CHECK(tn_memory_alloc(device, sizeof data, &memory));
    CHECK(tn_memory_alloc(device, sizeof data, &second));
    CHECK(tn_memory_write(stream, memory, data, sizeof data));
    const tn_arg args[] = { TN_ARG(memory), TN_ARG(second), TN_ARG(n) };
    const tn_arg narrow[] = { TN_ARG(memory), TN_ARG(second), { &n, 2 } };

    expect("a bundle that is not there", tn_module_load_file(device, "/nonexistent.tnb", NULL, &none), TN_NOT_FOUND);
    expect("bytes that are no bundle", tn_module_load(device, data, sizeof data, NULL, &none), TN_BAD_BUNDLE);
    expect("a kernel's name, misspelt", tn_module_kernel(module, "sqare", &no_kernel), TN_NOT_FOUND);
    expect("an argument forgotten", tn_kernel_launch(stream, square, &shape, args, 2, NULL), TN_BAD_ARGUMENTS);
    expect("an argument of the wrong size", tn_kernel_launch(stream, square, &shape, narrow, 3, NULL),
           TN_BAD_ARGUMENTS);
    expect("a block of a million threads", tn_kernel_launch(stream, square, &wide, args, 3, NULL), TN_LIMIT);
    expect("a grid without blocks", tn_kernel_launch(stream, square, &empty, args, 3, NULL), TN_INVALID);
    expect("a copy past an allocation's end", tn_memory_read(stream, data, memory + 4, sizeof data), TN_BAD_ADDRESS);
    expect("more memory than there is", tn_memory_alloc(device, (uint64_t)huge << 20, &second), TN_OUT_OF_MEMORY);
    CHECK(tn_stream_create(device, NULL, &gone));
    CHECK(tn_stream_destroy(gone));
    expect("a stream that was destroyed", tn_stream_wait(gone, TN_FOREVER), TN_BAD_HANDLE);

    /* None of it has harmed the device. */
    CHECK(tn_kernel_launch(stream, square, &shape, args, 3, NULL));
    expect("and a launch without a mistake", tn_stream_wait(stream, TN_FOREVER), TN_OK);
    CHECK(tn_memory_free(device, memory));
    CHECK(tn_module_unload(module));
    CHECK(tn_stream_destroy(stream));
    CHECK(tn_close(runtime, TN_FOREVER)); /* frees what is left, too: `second` here */
    return unexpected != 0;
}
