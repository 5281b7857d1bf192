#define _GNU_SOURCE
#include "clinux.h"
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

const int clinux_lock_shared = LOCK_SH;
const int clinux_lock_exclusive = LOCK_EX;
const int clinux_lock_unlock = LOCK_UN;
const int clinux_lock_nonblocking = LOCK_NB;

int clinux_flock(int descriptor, int operation) { return flock(descriptor, operation); }

int clinux_terminal_columns(int descriptor) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

int clinux_terminal_rows(int descriptor) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_row;
}

int clinux_openat(int directory, const char *path, int flags, mode_t mode) {
    return openat(directory, path, flags | O_CLOEXEC, mode);
}

ssize_t clinux_list_attributes(const char *path, char *names, size_t size) { return llistxattr(path, names, size); }

ssize_t clinux_attribute(const char *path, const char *name, void *value, size_t size) {
    return lgetxattr(path, name, value, size);
}

uint32_t clinux_device_major(dev_t device) { return major(device); }

uint32_t clinux_device_minor(dev_t device) { return minor(device); }
