/* The hash BLAKE2b without a key, of at most 64 bytes. Source: RFC 7693. */

#pragma once
#include <stdint.h>
#include <string.h>

#define BLOCK 128

typedef struct { uint64_t state[8], total; uint8_t block[BLOCK]; size_t held, size; } Hash;

static const uint64_t BLAKE2B_IV[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};
static const uint8_t SIGMA[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static uint64_t word_at(const uint8_t *bytes) { /* little-endian, whatever the machine is */
    uint64_t word = 0;
    for (int at = 7; at >= 0; at--) word = word << 8 | bytes[at];
    return word;
}

static uint64_t turned(uint64_t word, int by) { return word >> by | word << (64 - by); }

#define MIX(a, b, c, d, x, y)                                                                                          \
    a += b + (x), d = turned(d ^ a, 32), c += d, b = turned(b ^ c, 24),                                                \
    a += b + (y), d = turned(d ^ a, 16), c += d, b = turned(b ^ c, 63)

/* Takes a block. is_last: whether none comes after it. */
static void hash_block(Hash *hash, const uint8_t *block, int is_last) {
    uint64_t m[16], v[16];
    for (int at = 0; at < 16; at++) m[at] = word_at(block + 8 * at);
    memcpy(v, hash->state, sizeof hash->state);
    memcpy(v + 8, BLAKE2B_IV, sizeof BLAKE2B_IV);
    v[12] ^= hash->total;
    if (is_last) v[14] = ~v[14];
    for (int round = 0; round < 12; round++) {
        const uint8_t *s = SIGMA[round % 10];
        MIX(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
        MIX(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
        MIX(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
        MIX(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
        MIX(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
        MIX(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
        MIX(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
        MIX(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
    }
    for (int at = 0; at < 8; at++) hash->state[at] ^= v[at] ^ v[at + 8];
}

static void hash_begin(Hash *hash, size_t size) {
    memset(hash, 0, sizeof *hash);
    memcpy(hash->state, BLAKE2B_IV, sizeof BLAKE2B_IV);
    hash->state[0] ^= 0x01010000 ^ size;
    hash->size = size;
}

static void hash_take(Hash *hash, const void *bytes, size_t size) {
    const uint8_t *from = bytes;
    while (size) {
        if (hash->held == BLOCK) { /* not sooner, as the last block is another one's */
            hash->total += BLOCK;
            hash_block(hash, hash->block, 0);
            hash->held = 0;
        }
        size_t more = size < BLOCK - hash->held ? size : BLOCK - hash->held;
        memcpy(hash->block + hash->held, from, more);
        hash->held += more;
        from += more;
        size -= more;
    }
}

static void hash_end(Hash *hash, uint8_t *into) {
    hash->total += hash->held;
    memset(hash->block + hash->held, 0, BLOCK - hash->held);
    hash_block(hash, hash->block, 1);
    for (size_t at = 0; at < hash->size; at++) into[at] = (uint8_t)(hash->state[at / 8] >> 8 * (at % 8));
}
