#pragma once

#include "clinux_tree.h"
#include <stdint.h>
#include <sys/types.h>

// Calls that Swift's Glibc module leaves out: variadic ones, and those whose name a struct has taken.

// flock(2): `operation` is one of the constants below. Returns 0, or -1 with errno.
int clinux_flock(int descriptor, int operation);
extern const int clinux_lock_shared, clinux_lock_exclusive, clinux_lock_unlock, clinux_lock_nonblocking;

// The width of the terminal behind the descriptor in columns, and its height in rows, or 0.
int clinux_terminal_columns(int descriptor);
int clinux_terminal_rows(int descriptor);

// openat(2) with a mode. Returns a descriptor, or -1 with errno.
int clinux_openat(int directory, const char *path, int flags, mode_t mode);

// llistxattr(2): the names, each with a zero at its end. Returns how many bytes they take, or -1 with errno.
ssize_t clinux_list_attributes(const char *path, char *names, size_t size);

// lgetxattr(2). Returns how many bytes the value takes, or -1 with errno.
ssize_t clinux_attribute(const char *path, const char *name, void *value, size_t size);

// The parts of a device's number.
uint32_t clinux_device_major(dev_t device);
uint32_t clinux_device_minor(dev_t device);
