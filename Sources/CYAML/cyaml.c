// The library has everything; this makes it a module.
#include "cyaml.h"
