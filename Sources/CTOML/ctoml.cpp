#include "ctoml.h"
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string_view>
#include <toml++/toml.h>

char *ctoml_to_json(const char *text, size_t count, int *failed) {
    std::ostringstream out;
    try {
        out << toml::json_formatter{toml::parse(std::string_view(text, count))};
        *failed = 0;
    } catch (const toml::parse_error &error) {
        out.str("");
        out << "line " << error.source().begin.line << ", column " << error.source().begin.column << ": "
            << error.description();
        *failed = 1;
    }
    return strdup(out.str().c_str());
}
