// What a guest said on its serial lines.
#include "frontend/transcript.hpp"

namespace calque {

void Transcript::add(std::uint8_t byte) {
    if (text_.size() >= most) text_.erase(0, most / 2);
    text_ += static_cast<char>(byte);
}

bool Transcript::find(std::string_view text) {
    const std::size_t at = text_.find(text);
    if (at == std::string::npos) return false;
    text_.erase(0, at + text.size());
    return true;
}

}  // namespace calque
