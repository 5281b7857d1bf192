#pragma once
#include <jansson.h>

// Functions for what jansson offers as macros only.
static inline json_type cjansson_type(const json_t *value) { return json_typeof(value); }
