#pragma once
#include <stddef.h>
#include <stdint.h>

// One side of a TLS connection over bytes in memory (OpenSSL).
typedef struct ctls ctls;

// A client that verifies the server's certificate and name, and offers HTTP/2. `authorities`, `certificate` and `key` are
// texts in PEM, or NULL; without authorities those of the machine count. Returns NULL, and an error in `error`, which has
// room for 256 bytes.
ctls *ctls_client(const char *name, const char *authorities, const char *certificate, const char *key, char *error);
void ctls_free(ctls *connection);

enum { ctls_wants_input = -1, ctls_failed = -2, ctls_ended = -3 };

// Goes on with the handshake. Returns 0 when it is complete, or one of the values above.
int ctls_handshake(ctls *connection);
// Takes bytes from the network.
void ctls_feed(ctls *connection, const void *bytes, size_t count);
// Moves bytes for the network into a buffer. Returns their number, 0 if there are none.
int ctls_drain(ctls *connection, void *buffer, size_t room);
// Decrypts and encrypts. They return a number of bytes, or one of the values above.
int ctls_read(ctls *connection, void *buffer, size_t room);
int ctls_write(ctls *connection, const void *bytes, size_t count);
// Says that nothing more will be written.
void ctls_finish(ctls *connection);
// A description of the error, for people.
const char *ctls_error(ctls *connection);

// The public key of an Ed25519 key pair, 32 bytes each. Returns 1, or 0 for an error.
int ctls_ed25519_public_key(const unsigned char *seed, unsigned char *public_key);
// A signature of 64 bytes.
int ctls_ed25519_sign(const unsigned char *seed, const void *message, size_t count, unsigned char *signature);
// HMAC-SHA-256; 32 bytes.
int ctls_hmac_sha256(const void *key, size_t key_count, const void *message, size_t count, unsigned char *out);
