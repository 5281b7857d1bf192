#include "ctoml.h"
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>

// toml++ takes some malformed documents for mistakes of its own, and would end the process.
static void require(bool condition) {
    if (!condition) throw std::logic_error("it is malformed");
}
#define TOML_ASSERT(expression) require(static_cast<bool>(expression))
#define TOML_ASSERT_ASSUME(expression) TOML_ASSERT(expression)
// Nested values are written and freed by recursive functions.
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>

// Each part of a name with dots is a table in the one before it.
static const size_t most_parts = 256;

char *ctoml_to_json(const char *text, size_t count, int *failed) {
    // Its tables of Unicode have holes into which it falls. Everything that is looked for here is ASCII.
    const bool has_mark = count >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0;
    std::string ascii(text + (has_mark ? 3 : 0), count - (has_mark ? 3 : 0));
    size_t parts = 0;
    bool deep = false;
    for (char &character : ascii) {
        if (static_cast<unsigned char>(character) > 0x7F) character = '?';
        parts = character == '\n' ? 0 : parts + (character == '.');
        if (parts > most_parts) deep = true;
    }
    std::ostringstream out;
    *failed = 1;
    try {
        if (deep) throw std::length_error("a line has too many dots");
        out << toml::json_formatter{toml::parse(ascii)};
        *failed = 0;
    } catch (const toml::parse_error &error) {
        out.str("");
        out << "line " << error.source().begin.line << ", column " << error.source().begin.column << ": "
            << error.description();
    } catch (const std::exception &error) {
        out.str("");
        out << error.what();
    }
    return strdup(out.str().c_str());
}
