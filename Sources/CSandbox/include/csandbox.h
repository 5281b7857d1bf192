#pragma once
#include <sys/types.h>

// The calls of Linux that make a sandbox. Unless said otherwise they return 0, or -1 with errno.

// Flags of mount(2).
extern const unsigned long csandbox_bind, csandbox_recursive, csandbox_remount, csandbox_read_only,
    csandbox_no_devices, csandbox_no_programs, csandbox_no_set_user;

// Starts a program as process 1 of a new PID namespace, in a new mount namespace and a session of its own, with the
// default reaction to every signal. If wanted, it is killed when the calling thread ends, for whatever reason. Its descriptors
// 0, 1, 2 … are the given ones, and on Linux ≥ 5.9 it has no others.
// Returns its process id, or -1 with the errno of what failed, be it in the child.
pid_t csandbox_spawn(const char *path, char *const arguments[], char *const environment[], const int *descriptors,
                     int count, int dies_with_thread);

// pipe2(2): the reading end, then the writing end, both with FD_CLOEXEC.
int csandbox_pipe(int *ends);

// mount(2); umount2(2) with MNT_DETACH.
int csandbox_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data);
int csandbox_unmount(const char *target);

// Adds limits, flags of mount(2), to a mount and all below it (mount_setattr(2)).
int csandbox_limit_mounts(const char *target, unsigned long flags);

// Makes the calling process's root folder the root of its mount namespace, which it has alone, and keeps what is mounted
// there from every other namespace. In a folder that is not (chroot(2)) the kernel gives nobody a user namespace.
int csandbox_take_root(void);

// Mounts /proc in a mount namespace that the calling process, which has one thread, moves into for that.
int csandbox_mount_proc(void);

// Moves the calling process, which has one thread, into new user and mount namespaces. Every id that is known outside
// is the same id inside, so the process stays the user it was, with all capabilities, but only inside.
int csandbox_enter_user_namespace(void);

// Moves the calling process, which has one thread, into a new user namespace whose ids two programs map, newuidmap(1) and
// newgidmap(1), each given with its arguments. When they fail, it is in the namespace without ids, or still outside of it;
// `complaint` is what they say, up to `room` bytes with a zero at the end.
int csandbox_enter_mapped_user_namespace(char *const *users, char *const *groups, char *complaint, size_t room);

// The same with no ids.
int csandbox_enter_empty_user_namespace(void);

// Maps the one id that nobody has to be asked for to root's, as far as that user namespace has none. The ids are those
// that the calling process had outside.
int csandbox_map_single(uid_t user, gid_t group);

// Returns 0 if a child of the calling process, which has one thread, can do that, with a mount namespace.
int csandbox_try_user_namespace(uid_t user, gid_t group);

// Nonzero if the calling process may mount and make namespaces in its user namespace (CAP_SYS_ADMIN).
int csandbox_may_administrate(void);

// Moves the calling process into a new network namespace, in which there is nothing.
int csandbox_enter_network_namespace(void);

// Moves the calling process into a network namespace that is open.
int csandbox_join_network_namespace(int namespace);

// Moves the calling process, which has one thread, into a new network namespace, and starts a program that stays in the
// one that it leaves; that is killed when the calling process ends. One open file of the caller's is its own under another
// number. Returns its process id, or -1.
pid_t csandbox_start_outside_network(const char *path, char *const arguments[], char *const environment[], int own,
                                     int theirs);

// Returns when nobody has the other end of a socket any more.
int csandbox_wait_for_end(int descriptor);

// Makes the limits of all mounts that the calling process, which has one thread, now sees final: neither it nor
// anybody below it can take one away again. It goes to another mount namespace, but stays in its user namespace.
int csandbox_lock_mounts(void);

// Starts a process that waits until nobody has the other end of a pipe any more, then removes the control group with a name
// from each of the given open folders, with the groups directly in it, as soon as they are empty, for up to ten seconds.
// It is in a session of its own, and has no other open files. Returns its process id, or -1.
pid_t csandbox_remove_groups_later(int pipe, const int *folders, int count, const char *name);

// Removes an empty control group in an open folder.
int csandbox_remove_group(int folder, const char *name);

// Returns true if the folder belongs to control groups of version 2.
int csandbox_is_cgroup2(const char *path);

// The kind of file system that a path is on, a number of linux/magic.h; 0 when that cannot be told.
long csandbox_file_system(const char *path);

// Waits for any child and takes its status away. `*signal` is 0 when it exited by itself, with `*status`.
// Returns its process id.
pid_t csandbox_wait_any(int *status, int *signal);
