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
#include <toml++/toml.h>

char *ctoml_to_json(const char *text, size_t count, int *failed) {
    // Its tables of Unicode have holes into which it falls. Everything that is looked for here is ASCII.
    std::string ascii(text, count);
    for (char &character : ascii) {
        if (static_cast<unsigned char>(character) > 0x7F) character = '?';
    }
    std::ostringstream out;
    *failed = 1;
    try {
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
