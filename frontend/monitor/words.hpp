// A command's line, taken apart into words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace calque {

/// Takes the words of a line one by one; "..." is one word, in which \n, \t, \" and \\ have their meanings.
/// Throws UsageError.
class Words {
public:
    explicit Words(std::string_view line) : rest_(line) { skip_blanks(); }

    bool done() const { return rest_.empty(); }
    std::string next(std::string_view what);
    std::optional<std::string> optional() { return done() ? std::nullopt : std::optional(next("")); }
    /// Everything that is left.
    std::string rest();
    /// Whether the next word begins so; it is not taken.
    bool starts_with(std::string_view prefix) const { return rest_.starts_with(prefix); }
    void finish() const;

private:
    void skip_blanks();
    std::string bare();
    std::string quoted();

    std::string_view rest_;
};

}  // namespace calque
