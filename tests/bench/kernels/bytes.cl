/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and text as OpenCL C. Described in bytes.c. */
kernel void hash_words(global const uint *x, global uint *y, uint n)
{
    const uint i = get_group_id(0) * get_local_size(0) + get_local_id(0);
    if (i >= n)
        return;
    uint h = x[i];
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    y[i] = h ^ h >> 16;
}

uint turn(uint x, uint by)
{
    return x << by | x >> (32 - by);
}

#define WORDS 16
#define P1 2654435761u
#define P2 2246822519u
#define P3 3266489917u

kernel void hash_records(global const uint *records, global uint *y, uint n)
{
    const uint i = get_group_id(0) * get_local_size(0) + get_local_id(0);
    if (i >= n)
        return;
    const uint first = i * WORDS;
    uint a = P1 + P2, b = P2, c = 0, d = 0u - P1;
    for (uint j = 0; j < WORDS; j += 4) {
        a = turn(a + records[first + j] * P2, 13) * P1;
        b = turn(b + records[first + j + 1] * P2, 13) * P1;
        c = turn(c + records[first + j + 2] * P2, 13) * P1;
        d = turn(d + records[first + j + 3] * P2, 13) * P1;
    }
    uint h = turn(a, 1) + turn(b, 7) + turn(c, 12) + turn(d, 18) + 4 * WORDS;
    h = (h ^ h >> 15) * P2;
    h = (h ^ h >> 13) * P3;
    y[i] = h ^ h >> 16;
}

kernel void flip_case(global const uchar *x, global uchar *y, uint n)
{
    const uint i = get_group_id(0) * get_local_size(0) + get_local_id(0);
    if (i >= n)
        return;
    uchar c = x[i];
    if (c >= 'a' && c <= 'z')
        c -= 32;
    else if (c >= 'A' && c <= 'Z')
        c += 32;
    y[i] = c;
}

#define THREADS 256

kernel void word_starts(global const uchar *x, global uint *count, uint n)
{
    local uint part[THREADS];
    const uint t = get_local_id(0);
    uint own = 0;
    for (uint i = get_group_id(0) * THREADS + t; i < n; i += get_num_groups(0) * THREADS)
        if (x[i] > ' ' && (i == 0 || x[i - 1] <= ' '))
            own++;
    part[t] = own;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = THREADS / 2; step > 0; step /= 2) {
        if (t < step)
            part[t] += part[t + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (t == 0)
        atomic_add(count, part[0]);
}
