#define _GNU_SOURCE
#include "ctestkit.h"
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// OpenSSL writes a signature as a DER sequence; JWS wants the two numbers, 32 bytes each.
static int flatten(const unsigned char *der, size_t count, unsigned char *out) {
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)count);
    if (!signature) return -1;
    int good = BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, 32) == 32 &&
               BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + 32, 32) == 32;
    ECDSA_SIG_free(signature);
    return good ? 0 : -1;
}

int ctestkit_sign_es256(const char *pem, size_t pem_count, const void *bytes, size_t count, unsigned char *out) {
    BIO *text = BIO_new_mem_buf(pem, (int)pem_count);
    EVP_PKEY *key = text ? PEM_read_bio_PrivateKey(text, NULL, NULL, NULL) : NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char der[128];
    size_t length = sizeof der;
    int result = -1;
    if (key && context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(context, der, &length, bytes, count) == 1)
        result = flatten(der, length, out);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    BIO_free(text);
    return result;
}

int ctestkit_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC); }

int ctestkit_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int ctestkit_open_terminal(int columns, int rows, int *controller, int *device) {
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    *controller = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*controller < 0) return -1;
    *device = unlockpt(*controller) ? -1 : ioctl(*controller, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*device < 0 || ioctl(*controller, TIOCSWINSZ, &size)) {
        close(*controller);
        return -1;
    }
    return 0;
}
