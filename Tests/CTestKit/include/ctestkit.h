#pragma once
#include <spawn.h>
#include <stddef.h>

// Signs bytes as JSON Web Signature's ES256 does (RFC 7518, section 3.4), with a P-256 key in PEM. `out` has room for
// 64 bytes. Returns 0, or -1 when the key cannot be used.
int ctestkit_sign_es256(const char *pem, size_t pem_count, const void *bytes, size_t count, unsigned char *out);

// What Swift's view of glibc lacks: an accepted connection that child processes do not inherit, or -1 with errno; and
// the wish that a child inherits nothing from `first` on.
int ctestkit_accept(int listener);
int ctestkit_close_from(posix_spawn_file_actions_t *actions, int first);

// A pseudo-terminal of a size, its two ends closed in child processes. Returns 0, or -1 with errno.
int ctestkit_open_terminal(int columns, int rows, int *controller, int *device);
