#define _GNU_SOURCE
#include "carchive.h"
#include <locale.h>
#include <pthread.h>

static const char *load_error;
static locale_t plain_locale;

static void load(void) {
    plain_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plain_locale) load_error = "the C locale is missing";
}

const char *carchive_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return load_error;
}

struct archive *carchive_reader_new(carchive_format format) {
    struct archive *reader = archive_read_new();
    if (!reader) return NULL;
    int code = ARCHIVE_FATAL;
    switch (format) {
    case CARCHIVE_TAR: code = archive_read_support_format_tar(reader); break;
    case CARCHIVE_BZIP2: code = archive_read_support_filter_bzip2(reader); break;
    case CARCHIVE_XZ: code = archive_read_support_filter_xz(reader); break;
    }
    if (code == ARCHIVE_OK && format != CARCHIVE_TAR) code = archive_read_support_format_raw(reader);
    if (code == ARCHIVE_OK && format != CARCHIVE_TAR) code = archive_read_support_format_empty(reader);
    if (code == ARCHIVE_OK) return reader;
    archive_read_free(reader);
    return NULL;
}

void carchive_reader_free(struct archive *reader) { archive_read_free(reader); }

int carchive_open(struct archive *reader, carchive_source source, void *context) {
    return archive_read_open(reader, context, NULL, source, NULL);
}

int carchive_next(struct archive *reader, struct archive_entry **entry) {
    // In a UTF-8 locale libarchive would bring names to composed form, which are then names of other files.
    const locale_t before = uselocale(plain_locale);
    const int code = archive_read_next_header(reader, entry);
    uselocale(before);
    return code;
}

int carchive_data(struct archive *reader, const void **bytes, size_t *count, int64_t *offset) {
    la_int64_t place = 0;
    const int code = archive_read_data_block(reader, bytes, count, &place);
    *offset = place;
    return code;
}

const char *carchive_error(struct archive *reader) { return archive_error_string(reader); }
// Every reader has a last filter that does nothing.
int carchive_filter_count(struct archive *reader) { return archive_filter_count(reader) - 1; }
int64_t carchive_position(struct archive *reader) { return archive_filter_bytes(reader, 0); }
int64_t carchive_header_position(struct archive *reader) { return archive_read_header_position(reader); }

const char *carchive_path(struct archive_entry *entry) { return archive_entry_pathname(entry); }
const char *carchive_hard_link(struct archive_entry *entry) { return archive_entry_hardlink(entry); }
const char *carchive_symbolic_link(struct archive_entry *entry) { return archive_entry_symlink(entry); }
unsigned int carchive_type(struct archive_entry *entry) { return archive_entry_filetype(entry); }
unsigned int carchive_mode(struct archive_entry *entry) { return archive_entry_perm(entry); }
int64_t carchive_uid(struct archive_entry *entry) { return archive_entry_uid(entry); }
int64_t carchive_gid(struct archive_entry *entry) { return archive_entry_gid(entry); }
int64_t carchive_size(struct archive_entry *entry) { return archive_entry_size(entry); }
int64_t carchive_modified(struct archive_entry *entry) { return archive_entry_mtime(entry); }
long carchive_modified_nanoseconds(struct archive_entry *entry) { return archive_entry_mtime_nsec(entry); }
uint64_t carchive_device_major(struct archive_entry *entry) { return archive_entry_rdevmajor(entry); }
uint64_t carchive_device_minor(struct archive_entry *entry) { return archive_entry_rdevminor(entry); }

int carchive_attributes_begin(struct archive_entry *entry) { return archive_entry_xattr_reset(entry); }
int carchive_attributes_next(struct archive_entry *entry, const char **name, const void **value, size_t *count) {
    return archive_entry_xattr_next(entry, name, value, count);
}
