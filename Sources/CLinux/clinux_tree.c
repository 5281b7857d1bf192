#define _GNU_SOURCE
#include "clinux_tree.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

ssize_t clinux_list_attributes(const char *path, char *names, size_t room) { return llistxattr(path, names, room); }

ssize_t clinux_get_attribute(const char *path, const char *name, void *value, size_t room) {
    return lgetxattr(path, name, value, room);
}

int clinux_set_attribute(const char *path, const char *name, const void *value, size_t count) {
    return lsetxattr(path, name, value, count, 0);
}

int clinux_remove_attribute(const char *path, const char *name) { return lremovexattr(path, name); }

const int clinux_path_only = O_PATH;

static const int folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

int clinux_open_folder(int root, const char *path) {
    int folder = openat(root, ".", folder_flags);
    while (folder >= 0 && *path) {
        char name[NAME_MAX + 1];
        const size_t length = strcspn(path, "/");
        if (length > NAME_MAX) {
            close(folder);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(name, path, length);
        name[length] = 0;
        path += length + (path[length] == '/');
        const int next = openat(folder, name, folder_flags);
        const int code = errno;
        close(folder);
        errno = code;
        folder = next;
    }
    return folder;
}

int clinux_reopen_folder(int folder) {
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    const int reopened = openat(folder, ".", flags | O_NOATIME);
    return reopened < 0 && errno == EPERM ? openat(folder, ".", flags) : reopened;
}

int clinux_open_own_folder(int folder, const char *name) {
    const int found = openat(folder, name, folder_flags);
    if (found >= 0 || (errno != ELOOP && errno != ENOTDIR)) return found;
    const int link = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (link < 0) return -1;
    struct stat status;
    char target[PATH_MAX];
    ssize_t length = -1;
    if (fstat(link, &status) == 0) {
        if (!S_ISLNK(status.st_mode)) {
            errno = ENOTDIR;
        } else if (status.st_uid != geteuid() && status.st_uid != 0) {
            errno = ELOOP;
        } else {
            // The link that was looked at, and not one that has come into its place since.
            length = readlinkat(link, "", target, sizeof target - 1);
        }
    }
    const int code = errno;
    close(link);
    errno = code;
    if (length < 0) return -1;
    target[length] = 0;
    return openat(folder, target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

// The kernel gives up on a path with ".." while anything on the machine is renamed or mounted, and says to try again
// (openat2(2), EAGAIN).
static int open_in_root(int root, const char *path, int flags) {
    struct open_how how = {.flags = (uint64_t)flags, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    for (int attempt = 0;; attempt++) {
        const int file = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
        if (file >= 0 || errno != EAGAIN || attempt == 1000) return file;
        sched_yield();
    }
}

int clinux_open_folder_in_root(int root, const char *path) {
    return open_in_root(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int clinux_open_file_in_root(int root, const char *name) {
    const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    const int file = open_in_root(root, name, flags);
    // Linux before 5.6, and containers whose rules are as old: no links at all then.
    if (file >= 0 || (errno != ENOSYS && errno != EPERM)) return file;
    return openat(root, name, flags | O_NOFOLLOW);
}

static int64_t copy_by_hand(int from, int to, int64_t copied) {
    const size_t room = 1 << 20;
    char *buffer = malloc(room);
    if (!buffer) return -1;
    ssize_t count;
    while ((count = pread(from, buffer, room, copied)) > 0) {
        for (ssize_t done = 0; done < count;) {
            const ssize_t written = pwrite(to, buffer + done, count - done, copied + done);
            if (written < 0) {
                count = -1;
                break;
            }
            done += written;
        }
        if (count < 0) break;
        copied += count;
    }
    const int code = errno;
    free(buffer);
    errno = code;
    return count < 0 ? -1 : copied;
}

int64_t clinux_copy_content(int from, int to) {
    if (ioctl(to, FICLONE, from) == 0) {
        struct stat status;
        return fstat(to, &status) == 0 ? status.st_size : -1;
    }
    off64_t source = 0, target = 0;
    while (1) {
        const ssize_t count = copy_file_range(from, &source, to, &target, 1 << 30, 0);
        if (count > 0) continue;
        // Some file systems say that there is nothing where they only cannot do it.
        if (count == 0) return copy_by_hand(from, to, target);
        if (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM)
            return copy_by_hand(from, to, target);
        return -1;
    }
}

int clinux_sync_file_system(int descriptor) { return syncfs(descriptor); }

dev_t clinux_device(unsigned int major, unsigned int minor) { return makedev(major, minor); }
unsigned int clinux_device_major(dev_t device) { return major(device); }
unsigned int clinux_device_minor(dev_t device) { return minor(device); }

int64_t clinux_birth_time(int folder, const char *name) {
    struct statx status;
    if (statx(folder, name, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &status) != 0) return 0;
    if (!(status.stx_mask & STATX_BTIME)) return 0;
    return status.stx_btime.tv_sec * 1000000000 + status.stx_btime.tv_nsec;
}

int clinux_rename_new(const char *path, const char *new_path) {
    const int result = renameat2(AT_FDCWD, path, AT_FDCWD, new_path, RENAME_NOREPLACE);
    // Some file systems cannot; they replace an empty folder at worst.
    return result != 0 && errno == EINVAL ? rename(path, new_path) : result;
}
