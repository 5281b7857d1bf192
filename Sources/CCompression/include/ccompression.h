#pragma once
#include <libdeflate.h>
#include <stddef.h>
#include <zstd.h>

// libdeflate and libzstd as they are, and the part of zlib that reads gzip.

// One gzip stream being read (RFC 1952), member by member; checksum and length of each are verified.
typedef struct ccompression_gunzip ccompression_gunzip;

typedef enum {
    CCOMPRESSION_MORE,    // The input is used up or the output is full.
    CCOMPRESSION_END,     // A member has ended; what is left of the input comes after it.
    CCOMPRESSION_DAMAGED  // The input is not what a gzip writer writes.
} ccompression_status;

// Returns NULL when there is no memory.
ccompression_gunzip *ccompression_gunzip_new(void);
void ccompression_gunzip_free(ccompression_gunzip *stream);
// Begins the next member.
void ccompression_gunzip_reset(ccompression_gunzip *stream);
// Reads from `input` and writes to `output`; sets the counts to how much of each was used.
ccompression_status ccompression_gunzip_run(
    ccompression_gunzip *stream, const void *input, size_t *input_count, void *output, size_t *output_count);
