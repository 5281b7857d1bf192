#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <stddef.h>
#include <stdint.h>

// The reading half of libarchive behind typed functions. Every other function here may be called only after
// carchive_load() returned NULL.

// Prepares libarchive once per process; safe from any thread. Returns NULL, or the reason for its failure.
const char *carchive_load(void);

// The formats that a reader accepts; one of them.
typedef enum {
    CARCHIVE_TAR,    // Every dialect of tar, not compressed.
    CARCHIVE_BZIP2,  // Any bytes, compressed by bzip2: one entry.
    CARCHIVE_XZ      // Any bytes, compressed by xz: one entry.
} carchive_format;

// Points `*bytes` at what comes next and returns its length, 0 at the end, or -1 for a failure. The bytes stay where
// they are until the next call.
typedef la_ssize_t (*carchive_source)(struct archive *reader, void *context, const void **bytes);

// Returns NULL when there is no memory, or this build of the library lacks the format.
struct archive *carchive_reader_new(carchive_format format);
void carchive_reader_free(struct archive *reader);
// The functions below that return an int return ARCHIVE_OK, _EOF, _RETRY, _WARN, _FAILED or _FATAL.
int carchive_open(struct archive *reader, carchive_source source, void *context);
// The entry belongs to the reader and is valid until the next call.
int carchive_next(struct archive *reader, struct archive_entry **entry);
// A piece of the entry's content and where in it the piece belongs; what is skipped is a hole.
int carchive_data(struct archive *reader, const void **bytes, size_t *count, int64_t *offset);
// Why the last call failed, or NULL.
const char *carchive_error(struct archive *reader);
// The number of nested compressions that were recognised.
int carchive_filter_count(struct archive *reader);
// How far into the uncompressed archive the reader has come, and where the last header began, in bytes.
int64_t carchive_position(struct archive *reader);
int64_t carchive_header_position(struct archive *reader);

// Text is returned exactly as it stands in the archive; it is NULL where the entry has none.
const char *carchive_path(struct archive_entry *entry);
const char *carchive_hard_link(struct archive_entry *entry);
const char *carchive_symbolic_link(struct archive_entry *entry);
// AE_IFREG, AE_IFDIR and so on.
unsigned int carchive_type(struct archive_entry *entry);
unsigned int carchive_mode(struct archive_entry *entry);
int64_t carchive_uid(struct archive_entry *entry);
int64_t carchive_gid(struct archive_entry *entry);
int64_t carchive_size(struct archive_entry *entry);
int64_t carchive_modified(struct archive_entry *entry);
long carchive_modified_nanoseconds(struct archive_entry *entry);
uint64_t carchive_device_major(struct archive_entry *entry);
uint64_t carchive_device_minor(struct archive_entry *entry);
// Begins the list of extended attributes and returns their number.
int carchive_attributes_begin(struct archive_entry *entry);
int carchive_attributes_next(struct archive_entry *entry, const char **name, const void **value, size_t *count);
