#define OPENSSL_SUPPRESS_DEPRECATED
#include "ccrypto.h"
#include <assert.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

static_assert(sizeof(SHA256_CTX) <= 128, "SHA256_CTX fits its place");
static_assert(sizeof(SHA512_CTX) <= 256, "SHA512_CTX fits its place");

void ccrypto_hash_init(ccrypto_hash *hash, int bits) {
    hash->bits = bits;
    if (bits == 512) SHA512_Init((SHA512_CTX *)&hash->state);
    else SHA256_Init((SHA256_CTX *)&hash->state);
}

void ccrypto_hash_update(ccrypto_hash *hash, const void *bytes, size_t count) {
    if (hash->bits == 512) SHA512_Update((SHA512_CTX *)&hash->state, bytes, count);
    else SHA256_Update((SHA256_CTX *)&hash->state, bytes, count);
}

void ccrypto_hash_final(ccrypto_hash *hash, unsigned char *out) {
    if (hash->bits == 512) SHA512_Final(out, (SHA512_CTX *)&hash->state);
    else SHA256_Final(out, (SHA256_CTX *)&hash->state);
}

int ccrypto_base64_encode(const unsigned char *bytes, int count, unsigned char *out) {
    return EVP_EncodeBlock(out, bytes, count);
}

int ccrypto_base64_decode(const unsigned char *text, int count, unsigned char *out) {
    return EVP_DecodeBlock(out, text, count);
}
