#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Turns a TOML document into JSON text. Returns a malloc'ed string that the caller frees: the JSON, or, with
// `*failed` set, what is wrong with the document and where.
char *ctoml_to_json(const char *text, size_t count, int *failed);

#ifdef __cplusplus
}
#endif
