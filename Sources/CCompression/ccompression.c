#include "ccompression.h"
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

struct ccompression_gunzip {
    z_stream zlib;
};

// 15 bits of window, and 16 for "gzip and nothing else".
static const int gzip_window = 15 + 16;

ccompression_gunzip *ccompression_gunzip_new(void) {
    ccompression_gunzip *stream = calloc(1, sizeof *stream);
    if (stream && inflateInit2(&stream->zlib, gzip_window) == Z_OK) return stream;
    free(stream);
    return NULL;
}

void ccompression_gunzip_free(ccompression_gunzip *stream) {
    inflateEnd(&stream->zlib);
    free(stream);
}

void ccompression_gunzip_reset(ccompression_gunzip *stream) { inflateReset(&stream->zlib); }

static unsigned int bounded(size_t count) { return count > UINT_MAX ? UINT_MAX : (unsigned int)count; }

ccompression_status ccompression_gunzip_run(
    ccompression_gunzip *stream, const void *input, size_t *input_count, void *output, size_t *output_count) {
    z_stream *zlib = &stream->zlib;
    const unsigned int given = bounded(*input_count), room = bounded(*output_count);
    zlib->next_in = (Bytef *)input;
    zlib->avail_in = given;
    zlib->next_out = output;
    zlib->avail_out = room;
    const int code = inflate(zlib, Z_NO_FLUSH);
    *input_count = given - zlib->avail_in;
    *output_count = room - zlib->avail_out;
    switch (code) {
    case Z_OK:
    case Z_BUF_ERROR: return CCOMPRESSION_MORE;
    case Z_STREAM_END: return CCOMPRESSION_END;
    default: return CCOMPRESSION_DAMAGED;
    }
}
