// Words and quotes.
#include "frontend/monitor/words.hpp"

#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace calque {
namespace {

constexpr std::string_view blanks = " \t\r";

char unescape(char letter) {
    switch (letter) {
        case 'n': return '\n';
        case 't': return '\t';
        case '"':
        case '\\': return letter;
        default: throw UsageError(fmt::format("\"\\{}\" means nothing", letter));
    }
}

}  // namespace

std::string Words::next(std::string_view what) {
    if (done()) throw UsageError(fmt::format("{} is missing", what));
    std::string word = rest_.front() == '"' ? quoted() : bare();
    skip_blanks();
    return word;
}

std::string Words::rest() {
    const std::size_t end = rest_.find_last_not_of(blanks);
    return std::string(std::exchange(rest_, {}).substr(0, end + 1));
}

void Words::finish() const {
    if (!done()) throw UsageError(fmt::format("\"{}\" is too much", rest_));
}

void Words::skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size())); }

std::string Words::bare() {
    const std::size_t size = std::min(rest_.find_first_of(blanks), rest_.size());
    std::string word(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return word;
}

std::string Words::quoted() {
    std::string word;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
        if (rest_[i] == '"') {
            rest_.remove_prefix(i + 1);
            return word;
        }
        const bool escape = rest_[i] == '\\' && i + 1 < rest_.size();
        word += escape ? unescape(rest_[++i]) : rest_[i];
    }
    throw UsageError("a quote is not closed");
}

}  // namespace calque
