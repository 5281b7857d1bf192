// Lets calls of the system fail, preloaded into a program: the calls that concern files below FAULT_FOLDER are counted, and
// from number FAULT_FROM to FAULT_TO they fail with the errno FAULT_ERROR. FAULT_COUNT is a file that grows by one byte for each.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static const char *folder;
static long from, to;
static int code, counter = -1;
static atomic_long count;

__attribute__((constructor)) static void begin(void) {
    folder = getenv("FAULT_FOLDER");
    if (!folder) return;
    from = atol(getenv("FAULT_FROM"));
    to = atol(getenv("FAULT_TO"));
    code = atoi(getenv("FAULT_ERROR"));
    int file = (int)syscall(SYS_openat, AT_FDCWD, getenv("FAULT_COUNT"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    counter = fcntl(file, F_DUPFD_CLOEXEC, 900);
    if (counter >= 0) syscall(SYS_close, file);
    else counter = file;
}

static int is_below(const char *path) { return strncmp(path, folder, strlen(folder)) == 0; }

static int concerns(int descriptor) {
    char link[64] = "/proc/self/fd/", path[4096], digits[16];
    int length = 0, rest = descriptor;
    do digits[length++] = (char)('0' + rest % 10); while ((rest /= 10) > 0);
    char *end = link + strlen(link);
    while (length > 0) *end++ = digits[--length];
    *end = 0;
    long size = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (size <= 0) return 0;
    path[size] = 0;
    return is_below(path);
}

// Returns true if the call is to fail.
static int fails(int descriptor, const char *path) {
    if (!folder || descriptor == counter) return 0;
    int own = errno;
    int isCounted = path && path[0] == '/' ? is_below(path) : descriptor >= 0 && concerns(descriptor);
    errno = own;
    if (!isCounted) return 0;
    long number = atomic_fetch_add(&count, 1) + 1;
    syscall(SYS_write, counter, ".", 1);
    errno = own;
    if (number < from || number > to) return 0;
    errno = code;
    return 1;
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        REAL(name);                                                                                                    \
        va_list words;                                                                                                 \
        va_start(words, flags);                                                                                        \
        mode_t mode = va_arg(words, mode_t);                                                                           \
        va_end(words);                                                                                                 \
        return fails(-1, path) ? -1 : real(path, flags, mode);                                                         \
    }
#define OPENAT(name)                                                                                                   \
    int name(int at, const char *path, int flags, ...) {                                                               \
        REAL(name);                                                                                                    \
        va_list words;                                                                                                 \
        va_start(words, flags);                                                                                        \
        mode_t mode = va_arg(words, mode_t);                                                                           \
        va_end(words);                                                                                                 \
        return fails(at, path) ? -1 : real(at, path, flags, mode);                                                     \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

#define CALL(type, name, parameters, arguments, descriptor, path)                                                      \
    type name parameters {                                                                                             \
        REAL(name);                                                                                                    \
        return fails(descriptor, path) ? -1 : real arguments;                                                          \
    }
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, path)
CALL(int, mkdirat, (int at, const char *path, mode_t mode), (at, path, mode), at, path)
CALL(ssize_t, read, (int file, void *to, size_t size), (file, to, size), file, NULL)
CALL(ssize_t, pread, (int file, void *to, size_t size, off_t at), (file, to, size, at), file, NULL)
CALL(ssize_t, pread64, (int file, void *to, size_t size, off64_t at), (file, to, size, at), file, NULL)
CALL(ssize_t, write, (int file, const void *bytes, size_t size), (file, bytes, size), file, NULL)
CALL(ssize_t, pwrite, (int file, const void *bytes, size_t size, off_t at), (file, bytes, size, at), file, NULL)
CALL(ssize_t, pwrite64, (int file, const void *bytes, size_t size, off64_t at), (file, bytes, size, at), file, NULL)
CALL(ssize_t, copy_file_range, (int in, off64_t *a, int out, off64_t *b, size_t size, unsigned flags),
     (in, a, out, b, size, flags), out, NULL)
CALL(int, ftruncate, (int file, off_t size), (file, size), file, NULL)
CALL(int, ftruncate64, (int file, off64_t size), (file, size), file, NULL)
CALL(int, fsync, (int file), (file), file, NULL)
CALL(int, fdatasync, (int file), (file), file, NULL)
CALL(int, syncfs, (int file), (file), file, NULL)
CALL(int, rename, (const char *old, const char *new), (old, new), -1, new)
CALL(int, renameat, (int a, const char *old, int b, const char *new), (a, old, b, new), b, new)
CALL(int, linkat, (int a, const char *old, int b, const char *new, int flags), (a, old, b, new, flags), b, new)
CALL(int, symlinkat, (const char *old, int at, const char *new), (old, at, new), at, new)
CALL(int, mknodat, (int at, const char *path, mode_t mode, dev_t device), (at, path, mode, device), at, path)
