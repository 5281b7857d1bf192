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

static int argument_count;
static char *const *argument_values;

// The loader calls it as it calls main, before main.
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
    argument_count = count;
    argument_values = values;
}

int clinux_argument_count(void) { return argument_count; }

const char *clinux_argument(int place) { return argument_values[place]; }

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
