/* SPDX-License-Identifier: Apache-2.0 */
/* crash_in_query.c - a driver that ends the process as soon as it is asked who it is. */
int tn_driver_query(const void *host, unsigned abi, const void **out);
__attribute__((visibility("default"))) int tn_driver_query(const void *host, unsigned abi, const void **out)
{
    (void)host, (void)abi, (void)out;
    __builtin_trap();
}
