#include "cjansson.h"
