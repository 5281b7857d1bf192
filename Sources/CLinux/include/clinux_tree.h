#pragma once
#include <stdint.h>
#include <sys/types.h>

// Calls for trees of files that Swift's Glibc module leaves out. Unless said otherwise they return 0, or -1 with errno.
// None of them follows a symbolic link at the end of a path.

// llistxattr(2), lgetxattr(2): the length, or -1. lsetxattr(2), lremovexattr(2).
ssize_t clinux_list_attributes(const char *path, char *names, size_t room);
ssize_t clinux_get_attribute(const char *path, const char *name, void *value, size_t room);
int clinux_set_attribute(const char *path, const char *name, const void *value, size_t count);
int clinux_remove_attribute(const char *path, const char *name);

// The flag of open(2) for what is only held, neither read nor written.
extern const int clinux_path_only;

// Opens a folder below another one without following any symbolic link; an empty path is the other folder itself.
// Returns a descriptor, or -1 with errno, ENOTDIR where there is a link or a file.
int clinux_open_folder(int root, const char *path);

// Opens a folder once more, to list it; its time of access stays as it is where the process may say so.
// Returns a descriptor, or -1 with errno.
int clinux_reopen_folder(int folder);

// Opens a folder in another one. Where its name is a symbolic link, that is followed if this user or root has made it.
// Returns a descriptor, or -1 with errno, ELOOP where somebody else has made the link.
int clinux_open_own_folder(int folder, const char *name);

// Opens a folder below another one, which symbolic links take for the root of all files (openat2(2)).
// Returns a descriptor, or -1 with errno.
int clinux_open_folder_in_root(int root, const char *path);

// The same for a file that is read, by its name. It waits for nobody who writes to a FIFO.
int clinux_open_file_in_root(int root, const char *name);

// Lets an empty file have the content of another one: shared where the file system can, else copied.
// Returns how many bytes there are then, or -1 with errno.
int64_t clinux_copy_content(int from, int to);

// syncfs(2) for the file system of an open file.
int clinux_sync_file_system(int descriptor);

// The number of a device, and its parts.
dev_t clinux_device(unsigned int major, unsigned int minor);
unsigned int clinux_device_major(dev_t device);
unsigned int clinux_device_minor(dev_t device);

// When a name in a folder got its inode, in nanoseconds since 1970; 0 where the file system does not know.
int64_t clinux_birth_time(int folder, const char *name);

// Gives a file or folder another name, unless that is taken (renameat2(2)): EEXIST.
int clinux_rename_new(const char *path, const char *new_path);
