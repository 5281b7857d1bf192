#pragma once

#include "clinux_tree.h"
#include <stdint.h>
#include <sys/types.h>

// Calls that Swift's Glibc module leaves out: variadic ones, and those whose name a struct has taken.

// The arguments of main: their number, including the program's name, and each of them.
int clinux_argument_count(void);
const char *clinux_argument(int place);

// flock(2): `operation` is one of the constants below. Returns 0, or -1 with errno.
int clinux_flock(int descriptor, int operation);
extern const int clinux_lock_shared, clinux_lock_exclusive, clinux_lock_unlock, clinux_lock_nonblocking;

// The width of the terminal behind the descriptor in columns, and its height in rows, or 0.
int clinux_terminal_columns(int descriptor);
int clinux_terminal_rows(int descriptor);

// openat(2) with a mode. Returns a descriptor, or -1 with errno.
int clinux_openat(int directory, const char *path, int flags, mode_t mode);
