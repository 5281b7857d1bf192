#include "ctls.h"
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ctls {
    SSL_CTX *context;
    SSL *session;
    BIO *input, *output;
    char error[256];
};

static void describe(char *error, const char *fallback) {
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    snprintf(error, 256, "%s", reason ? reason : fallback);
    ERR_clear_error();
}

// No password is asked for: there is nobody to ask.
static int no_password(char *buffer, int size, int writes, void *context) {
    (void)buffer, (void)size, (void)writes, (void)context;
    return 0;
}

static int add_authorities(SSL_CTX *context, const char *text) {
    BIO *bytes = BIO_new_mem_buf(text, -1);
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    int count = 0;
    X509 *authority;
    while (bytes && (authority = PEM_read_bio_X509(bytes, NULL, no_password, NULL))) {
        if (X509_STORE_add_cert(store, authority)) count++;
        X509_free(authority);
    }
    BIO_free(bytes);
    if (count > 0) ERR_clear_error();
    return count > 0;
}

// The first certificate is the client's own; those that follow lead to its authority.
static int use_certificate(SSL_CTX *context, const char *text, const char *key_text) {
    BIO *bytes = BIO_new_mem_buf(text, -1);
    X509 *own = bytes ? PEM_read_bio_X509(bytes, NULL, no_password, NULL) : NULL;
    int done = own && SSL_CTX_use_certificate(context, own);
    X509 *next;
    while (done && (next = PEM_read_bio_X509(bytes, NULL, no_password, NULL))) {
        if (!SSL_CTX_add0_chain_cert(context, next)) {
            X509_free(next);
            done = 0;
        }
    }
    X509_free(own);
    BIO_free(bytes);
    if (!done) return 0;
    ERR_clear_error();
    bytes = BIO_new_mem_buf(key_text, -1);
    EVP_PKEY *key = bytes ? PEM_read_bio_PrivateKey(bytes, NULL, no_password, NULL) : NULL;
    done = key && SSL_CTX_use_PrivateKey(context, key) && SSL_CTX_check_private_key(context);
    EVP_PKEY_free(key);
    BIO_free(bytes);
    return done;
}

static int name_server(SSL *session, const char *name) {
    X509_VERIFY_PARAM *parameters = SSL_get0_param(session);
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(name);
    if (address) {
        ASN1_OCTET_STRING_free(address);
        return X509_VERIFY_PARAM_set1_ip_asc(parameters, name);
    }
    ERR_clear_error();
    return SSL_set1_host(session, name) && SSL_set_tlsext_host_name(session, name);
}

static int prepare(ctls *made, const char *name, const char *authorities, const char *certificate, const char *key) {
    made->context = SSL_CTX_new(TLS_client_method());
    if (!made->context) return 0;
    SSL_CTX_set_min_proto_version(made->context, TLS1_2_VERSION);
    SSL_CTX_set_verify(made->context, SSL_VERIFY_PEER, NULL);
    if (authorities) {
        if (!add_authorities(made->context, authorities)) return 0;
    } else if (!SSL_CTX_set_default_verify_paths(made->context)) {
        return 0;
    }
    if (certificate && key && !use_certificate(made->context, certificate, key)) return 0;
    made->session = SSL_new(made->context);
    if (!made->session || !name_server(made->session, name)) return 0;
    if (SSL_set_alpn_protos(made->session, (const unsigned char *)"\2h2", 3) != 0) return 0;
    made->input = BIO_new(BIO_s_mem());
    made->output = BIO_new(BIO_s_mem());
    if (!made->input || !made->output) {
        BIO_free(made->input);
        BIO_free(made->output);
        return 0;
    }
    SSL_set_bio(made->session, made->input, made->output);
    SSL_set_connect_state(made->session);
    SSL_set_mode(made->session, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return 1;
}

ctls *ctls_client(const char *name, const char *authorities, const char *certificate, const char *key, char *error) {
    ERR_clear_error();
    ctls *made = calloc(1, sizeof *made);
    if (made && prepare(made, name, authorities, certificate, key)) return made;
    describe(error, "the certificates cannot be used");
    ctls_free(made);
    return NULL;
}

void ctls_free(ctls *connection) {
    if (!connection) return;
    SSL_free(connection->session);
    SSL_CTX_free(connection->context);
    free(connection);
}

static int outcome(ctls *connection, int result) {
    if (result > 0) return result;
    switch (SSL_get_error(connection->session, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return ctls_wants_input;
    case SSL_ERROR_ZERO_RETURN: return ctls_ended;
    }
    long verified = SSL_get_verify_result(connection->session);
    if (verified != X509_V_OK) {
        snprintf(connection->error, sizeof connection->error, "the server's certificate is not accepted: %s",
                 X509_verify_cert_error_string(verified));
        ERR_clear_error();
    } else {
        describe(connection->error, "the connection broke off");
    }
    return ctls_failed;
}

int ctls_handshake(ctls *connection) {
    ERR_clear_error();
    int result = SSL_do_handshake(connection->session);
    return result == 1 ? 0 : outcome(connection, result);
}

void ctls_feed(ctls *connection, const void *bytes, size_t count) { BIO_write(connection->input, bytes, (int)count); }

int ctls_drain(ctls *connection, void *buffer, size_t room) {
    int count = BIO_read(connection->output, buffer, (int)room);
    return count > 0 ? count : 0;
}

int ctls_read(ctls *connection, void *buffer, size_t room) {
    ERR_clear_error();
    return outcome(connection, SSL_read(connection->session, buffer, (int)room));
}

int ctls_write(ctls *connection, const void *bytes, size_t count) {
    ERR_clear_error();
    return outcome(connection, SSL_write(connection->session, bytes, (int)count));
}

void ctls_finish(ctls *connection) { SSL_shutdown(connection->session); }

const char *ctls_error(ctls *connection) { return connection->error; }

int ctls_ed25519_public_key(const unsigned char *seed, unsigned char *public_key) {
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    size_t count = 32;
    int done = key && EVP_PKEY_get_raw_public_key(key, public_key, &count);
    EVP_PKEY_free(key);
    return done;
}

int ctls_ed25519_sign(const unsigned char *seed, const void *message, size_t count, unsigned char *signature) {
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t size = 64;
    int done = key && context && EVP_DigestSignInit(context, NULL, NULL, NULL, key) &&
               EVP_DigestSign(context, signature, &size, message, count);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return done;
}

int ctls_hmac_sha256(const void *key, size_t key_count, const void *message, size_t count, unsigned char *out) {
    unsigned int size = 32;
    return HMAC(EVP_sha256(), key, (int)key_count, message, count, out, &size) != NULL;
}
