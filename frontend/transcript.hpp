// What a guest said on its serial lines, for who waits for a text there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace calque {

class Transcript {
public:
    void add(std::uint8_t byte);
    /// Whether `text` has come since the last find that succeeded; then what led up to it is forgotten.
    bool find(std::string_view text);

private:
    static constexpr std::size_t most = 1 << 20;
    std::string text_;
};

}  // namespace calque
