/* SPDX-License-Identifier: Apache-2.0 */
/* not_a_driver.c - a good shared object that is no driver. */
int not_a_driver(void);
__attribute__((visibility("default"))) int not_a_driver(void)
{
    return 1;
}
