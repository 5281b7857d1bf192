#pragma once
#include <sqlite3.h>

// A value that SQLite copies before the call returns; Swift cannot spell the macro's cast.
static inline sqlite3_destructor_type csqlite_transient(void) { return SQLITE_TRANSIENT; }
