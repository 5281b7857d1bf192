#define _GNU_SOURCE
#include "csandbox.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

const unsigned long csandbox_bind = MS_BIND, csandbox_recursive = MS_REC, csandbox_remount = MS_REMOUNT,
                    csandbox_read_only = MS_RDONLY, csandbox_no_devices = MS_NODEV, csandbox_no_programs = MS_NOEXEC,
                    csandbox_no_set_user = MS_NOSUID;

struct launch {
    const char *path;
    char *const *arguments;
    char *const *environment;
    const int *descriptors;
    int count;
    int dies_with_thread;
    int failure;
};

// The first number for copies of descriptors, out of the way of 0, 1, 2 … until they are moved there.
enum { most_descriptors = 8, first_copy = most_descriptors };

// Runs in the child, on the parent's memory: it may only make system calls.
static int begin(void *argument) {
    struct launch *launch = argument;
    int copies[most_descriptors];
    struct sigaction initial = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &initial, NULL);
    if (launch->dies_with_thread && prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) goto failed;
    if (setsid() < 0) goto failed;
    for (int i = 0; i < launch->count; i++) {
        copies[i] = fcntl(launch->descriptors[i], F_DUPFD_CLOEXEC, first_copy);
        if (copies[i] < 0) goto failed;
    }
    for (int i = 0; i < launch->count; i++) {
        if (dup2(copies[i], i) < 0) goto failed;
    }
    syscall(SYS_close_range, launch->count, ~0U, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(launch->path, launch->arguments, launch->environment);
failed:
    launch->failure = errno;
    _exit(127);
}

pid_t csandbox_spawn(const char *path, char *const arguments[], char *const environment[], const int *descriptors,
                     int count, int dies_with_thread) {
    if (count > most_descriptors) {
        errno = EINVAL;
        return -1;
    }
    struct launch launch = {path, arguments, environment, descriptors, count, dies_with_thread, 0};
    const size_t size = 64 << 10;
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return -1;
    // A handler of ours must not run in the child, which shares our memory.
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    pid_t child =
        clone(begin, stack + size, CLONE_VM | CLONE_VFORK | CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, &launch);
    int failure = child < 0 ? errno : launch.failure;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    munmap(stack, size);
    if (failure == 0) return child;
    if (child > 0) waitpid(child, NULL, 0);
    errno = failure;
    return -1;
}

int csandbox_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }

int csandbox_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data) {
    return mount(source, target, type, flags, data);
}

int csandbox_unmount(const char *target) { return umount2(target, MNT_DETACH); }

int csandbox_limit_mounts(const char *target, unsigned long flags) {
    struct mount_attr limits = {
        .attr_set = (flags & MS_RDONLY ? MOUNT_ATTR_RDONLY : 0) | (flags & MS_NODEV ? MOUNT_ATTR_NODEV : 0) |
                    (flags & MS_NOEXEC ? MOUNT_ATTR_NOEXEC : 0) | (flags & MS_NOSUID ? MOUNT_ATTR_NOSUID : 0)};
    return (int)syscall(SYS_mount_setattr, AT_FDCWD, target, AT_RECURSIVE, &limits, sizeof limits);
}

static int is_same_folder(const struct statx *one, const struct statx *other) {
    return one->stx_mnt_id == other->stx_mnt_id && one->stx_ino == other->stx_ino &&
           one->stx_dev_major == other->stx_dev_major && one->stx_dev_minor == other->stx_dev_minor;
}

// Puts the tree of mounts that the process sees in the place of the whole namespace's.
static int replace_root(int tree) {
    if (fchdir(tree) != 0) return -1;
    if (syscall(SYS_pivot_root, ".", ".") == 0) return umount2(".", MNT_DETACH) == 0 ? chdir("/") : -1;
    // The file system of the kernel's start cannot be left behind, only covered.
    if (errno != EINVAL || mount(".", "/", NULL, MS_MOVE, NULL) != 0) return -1;
    return chroot(".") == 0 ? chdir("/") : -1;
}

// Returns 0, or -1 when everything is as it was.
static int take_tree(int own) {
    int tree = (int)syscall(SYS_open_tree, own, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
    if (tree < 0) return -1;
    int result = -1;
    if (syscall(SYS_move_mount, tree, "", own, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0) {
        result = replace_root(tree);
        if (result != 0) {
            int failure = errno;
            fchdir(tree);
            umount2(".", MNT_DETACH);
            errno = failure;
        }
    }
    close(tree);
    return result;
}

// Keeps what is mounted in the process's mount namespace from every other one, and leaves the process at the root of the
// namespace. Returns whether it was in a folder of that, which is `own`, or -1.
static int leave_folder(int own) {
    struct statx before, after;
    // Whoever enters a namespace, also the one it is in, finds itself at its root.
    int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    int confined = self >= 0 && statx(own, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &before) == 0 &&
                   setns(self, CLONE_NEWNS) == 0 && statx(AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &after) == 0 &&
                   !is_same_folder(&before, &after);
    if (self >= 0) close(self);
    int result = mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 ? confined : -1;
    if (result < 0 && confined) {
        int failure = errno;
        if (fchdir(own) == 0 && chroot(".") == 0) errno = failure;
    }
    return result;
}

int csandbox_take_root(void) {
    int own = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (own < 0) return -1;
    int result = leave_folder(own);
    // Where it cannot be the root it goes back, and does without user namespaces.
    if (result == 1) result = take_tree(own) == 0 || (fchdir(own) == 0 && chroot(".") == 0) ? 0 : -1;
    if (result == 0) result = chdir("/");
    int failure = errno;
    close(own);
    errno = failure;
    return result;
}

int csandbox_mount_proc(void) {
    if (unshare(CLONE_NEWNS) != 0) return -1;
    int own = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int result = -1;
    if (own >= 0 && here >= 0) {
        result = leave_folder(own);
        if (result == 1) result = fchdir(own) == 0 && chroot(".") == 0 ? 0 : -1;
        if (result == 0) result = mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
        if (fchdir(here) != 0) result = -1;
    }
    int failure = errno;
    if (own >= 0) close(own);
    if (here >= 0) close(here);
    errno = failure;
    return result;
}

// Gives a process the identity mapping of the ids that we have. Its own user namespace has none until then, and only a
// process that stays outside of it may map all ids.
static int map_identity(pid_t process, const char *kind) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/%s", kind);
    FILE *mine = fopen(path, "re");
    if (!mine) return -1;
    char text[4096];
    size_t length = 0;
    unsigned long inside, outside, count;
    while (length < sizeof text - 64 && fscanf(mine, "%lu %lu %lu", &inside, &outside, &count) == 3)
        length += (size_t)snprintf(text + length, sizeof text - length, "%lu %lu %lu\n", inside, inside, count);
    fclose(mine);
    snprintf(path, sizeof path, "/proc/%d/%s", process, kind);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t written = write(file, text, length);
    close(file);
    return written == (ssize_t)length ? 0 : -1;
}

// Moves the calling process into new namespaces, a user namespace among them, while a child of it stays outside and then
// maps ids for it. Returns 0, or -1 with the errno of what failed, which the child gives as its exit status.
static int enter_user_namespace(int namespaces, int (*map)(pid_t process, const void *how), const void *how) {
    int go[2];
    if (pipe2(go, O_CLOEXEC) != 0) return -1;
    pid_t self = getpid();
    pid_t mapper = fork();
    if (mapper < 0) return -1;
    if (mapper == 0) {
        char byte;
        close(go[1]);
        if (read(go[0], &byte, 1) != 1) _exit(ECANCELED);
        errno = EIO;
        _exit(map(self, how) == 0 ? 0 : errno);
    }
    close(go[0]);
    int failure = unshare(namespaces) == 0 ? 0 : errno;
    if (failure == 0 && write(go[1], "", 1) != 1) failure = errno;
    close(go[1]);
    int status;
    while (waitpid(mapper, &status, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    if (failure == 0 && status != 0) failure = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
    errno = failure;
    return failure == 0 ? 0 : -1;
}

static int map_all(pid_t process, const void *how) {
    (void)how;
    return map_identity(process, "uid_map") == 0 && map_identity(process, "gid_map") == 0 ? 0 : -1;
}

int csandbox_enter_user_namespace(void) { return enter_user_namespace(CLONE_NEWUSER | CLONE_NEWNS, map_all, NULL); }

struct mapping_programs {
    char *const *users;
    char *const *groups;
    int complaint;
};

static pid_t start_mapping(char *const *arguments, int complaint) {
    pid_t child = fork();
    if (child != 0) return child;
    char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    dup2(complaint, STDERR_FILENO);
    execve(arguments[0], arguments, environment);
    _exit(127);
}

static int map_by_programs(pid_t process, const void *how) {
    (void)process;
    const struct mapping_programs *programs = how;
    const pid_t children[] = {start_mapping(programs->users, programs->complaint),
                              start_mapping(programs->groups, programs->complaint)};
    int result = 0;
    for (int i = 0; i < 2; i++) {
        int status = 0;
        while (children[i] > 0 && waitpid(children[i], &status, 0) < 0 && errno == EINTR) {
        }
        if (children[i] < 0 || status != 0) result = -1;
    }
    errno = EPERM;
    return result;
}

int csandbox_enter_mapped_user_namespace(char *const *users, char *const *groups, char *complaint, size_t room) {
    int ends[2];
    *complaint = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    const struct mapping_programs programs = {users, groups, ends[1]};
    int result = enter_user_namespace(CLONE_NEWUSER, map_by_programs, &programs);
    int failure = errno;
    close(ends[1]);
    ssize_t length = result == 0 ? 0 : read(ends[0], complaint, room - 1);
    complaint[length > 0 ? length : 0] = 0;
    close(ends[0]);
    errno = failure;
    return result;
}

static int write_all(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t written = write(file, text, strlen(text));
    close(file);
    return written == (ssize_t)strlen(text) ? 0 : -1;
}

int csandbox_map_single(uid_t user, gid_t group) {
    char text[64];
    snprintf(text, sizeof text, "0 %u 1\n", user);
    // Existing mappings of a program stay.
    if (write_all("/proc/self/uid_map", text) != 0 && geteuid() != 0) return -1;
    if (getegid() == 0) return 0;
    if (write_all("/proc/self/setgroups", "deny") != 0 && errno != ENOENT) return -1;
    snprintf(text, sizeof text, "0 %u 1\n", group);
    return write_all("/proc/self/gid_map", text);
}

int csandbox_try_user_namespace(uid_t user, gid_t group) {
    pid_t child = fork();
    if (child < 0) return -1;
    if (child == 0)
        _exit(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && csandbox_map_single(user, group) == 0 ? 0 : errno);
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
    return errno == 0 ? 0 : -1;
}

int csandbox_enter_empty_user_namespace(void) { return unshare(CLONE_NEWUSER); }

int csandbox_may_administrate(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) != 0) return 0;
    return (data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN)) != 0;
}

int csandbox_enter_network_namespace(void) { return unshare(CLONE_NEWNET); }

int csandbox_join_network_namespace(int namespace) { return setns(namespace, CLONE_NEWNET); }

pid_t csandbox_start_outside_network(const char *path, char *const arguments[], char *const environment[], int own,
                                     int theirs) {
    int go[2];
    if (pipe2(go, O_CLOEXEC) != 0) return -1;
    // The child is there before the namespace, since nobody may go back to that of a more privileged user namespace.
    pid_t child = fork();
    if (child == 0) {
        char byte;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(go[1]);
        if (read(go[0], &byte, 1) != 1 || dup2(own, theirs) < 0) _exit(127);
        if (own == theirs) fcntl(own, F_SETFD, 0);
        execve(path, arguments, environment);
        _exit(127);
    }
    int failure = child < 0 || unshare(CLONE_NEWNET) != 0 ? errno : 0;
    if (failure == 0 && write(go[1], "", 1) != 1) failure = errno;
    close(go[0]);
    close(go[1]);
    if (failure == 0) return child;
    if (child > 0) waitpid(child, NULL, 0);
    errno = failure;
    return -1;
}

int csandbox_wait_for_end(int descriptor) {
    struct pollfd polled = {.fd = descriptor, .events = 0};
    while (poll(&polled, 1, -1) < 0) {
        if (errno != EINTR) return -1;
    }
    return 0;
}

int csandbox_lock_mounts(void) {
    int ready[2], done[2];
    if (pipe2(ready, O_CLOEXEC) != 0) return -1;
    if (pipe2(done, O_CLOEXEC) != 0) return -1;
    // The kernel locks what it copies for a less privileged namespace; whoever enters the copy finds it locked.
    pid_t holder = fork();
    if (holder < 0) return -1;
    if (holder == 0) {
        char byte = unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 ? 0 : (char)errno;
        close(done[1]);
        if (write(ready[1], &byte, 1) == 1 && read(done[0], &byte, 1) < 0) _exit(1);
        _exit(0);
    }
    char failure = EIO;
    close(ready[1]);
    if (read(ready[0], &failure, 1) == 1 && failure == 0) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/ns/mnt", holder);
        int namespace = open(path, O_RDONLY | O_CLOEXEC);
        if (namespace < 0 || setns(namespace, CLONE_NEWNS) != 0) failure = (char)errno;
        if (namespace >= 0) close(namespace);
    }
    close(ready[0]);
    close(done[0]);
    close(done[1]);
    while (waitpid(holder, NULL, 0) < 0 && errno == EINTR) {
    }
    errno = failure;
    return failure == 0 ? 0 : -1;
}

int csandbox_remove_group(int folder, const char *name) { return unlinkat(folder, name, AT_REMOVEDIR); }

// Removes what can be removed of a group. Returns whether nothing of it is left.
static int remove_groups(int folder, const char *name) {
    if (unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 1;
    int group = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (group < 0) return errno == ENOENT;
    _Alignas(struct dirent64) char entries[4096];
    long length;
    while ((length = syscall(SYS_getdents64, group, entries, sizeof entries)) > 0) {
        for (long at = 0; at < length; at += ((struct dirent64 *)(entries + at))->d_reclen) {
            const struct dirent64 *entry = (struct dirent64 *)(entries + at);
            if (entry->d_type == DT_DIR && entry->d_name[0] != '.') unlinkat(group, entry->d_name, AT_REMOVEDIR);
        }
    }
    close(group);
    return unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

pid_t csandbox_remove_groups_later(int pipe, const int *folders, int count, const char *name) {
    if (count + 1 > most_descriptors) {
        errno = EINVAL;
        return -1;
    }
    pid_t child = fork();
    if (child != 0) return child;
    int copies[most_descriptors];
    setsid();
    for (int i = 0; i <= count; i++) copies[i] = fcntl(i == 0 ? pipe : folders[i - 1], F_DUPFD_CLOEXEC, first_copy);
    for (int i = 0; i <= count; i++) dup2(copies[i], i);
    syscall(SYS_close_range, count + 1, ~0U, 0);
    char byte;
    while (read(0, &byte, 1) > 0 || errno == EINTR) errno = 0;
    const struct timespec pause = {.tv_nsec = 5000000};
    for (int round = 0, left = count; left > 0 && round < 2000; round++) {
        if (round > 0) nanosleep(&pause, NULL);
        left = 0;
        for (int i = 1; i <= count; i++) left += !remove_groups(i, name);
    }
    _exit(0);
}

int csandbox_is_cgroup2(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

long csandbox_file_system(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 ? (long)status.f_type : 0;
}

pid_t csandbox_wait_any(int *status, int *signal) {
    int raw;
    pid_t child;
    while ((child = waitpid(-1, &raw, 0)) < 0 && errno == EINTR) {
    }
    if (child < 0) return -1;
    *signal = WIFSIGNALED(raw) ? WTERMSIG(raw) : 0;
    *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 0;
    return child;
}
