#pragma once
#include <stddef.h>
#include <stdint.h>

// A running SHA-256 or SHA-512, small enough to be copied: a copy continues from where the original stood.
// The low-level calls are used because the first EVP call loads a provider, which costs a millisecond.
typedef struct {
    int bits;
    union {
        uint64_t alignment;
        unsigned char sha256[128];
        unsigned char sha512[256];
    } state;
} ccrypto_hash;

// `bits` is 256 or 512.
void ccrypto_hash_init(ccrypto_hash *hash, int bits);
void ccrypto_hash_update(ccrypto_hash *hash, const void *bytes, size_t count);
// Writes bits/8 bytes to `out`.
void ccrypto_hash_final(ccrypto_hash *hash, unsigned char *out);

// Standard base64. `out` has room for 4 * ((count + 2) / 3) + 1 bytes; returns the length without the final NUL.
int ccrypto_base64_encode(const unsigned char *bytes, int count, unsigned char *out);
// `count` is a multiple of four; `out` has room for count / 4 * 3 bytes. Returns that length, or -1 for bad input.
int ccrypto_base64_decode(const unsigned char *text, int count, unsigned char *out);
