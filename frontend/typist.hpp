// Types text on the guest's keyboard as fast as it takes it.
#pragma once

#include "devices/keys.hpp"

#include <functional>
#include <string>
#include <utility>

namespace calque {

/// Characters that a US layout does not have are left out.
class Typist {
public:
    /// `type` types a character; false if the keyboard has no room.
    explicit Typist(std::function<bool(const KeyChord&)> type) : type_(std::move(type)) {}

    void add(const std::string& text) { text_ += text; }
    /// Types what the keyboard takes now. True once there is no more.
    bool go_on() {
        for (; typed_ < text_.size(); ++typed_) {
            const auto chord = keys_for_character(text_[typed_]);
            if (chord && !type_(*chord)) return false;
        }
        text_.clear();
        typed_ = 0;
        return true;
    }

private:
    std::function<bool(const KeyChord&)> type_;
    std::string text_;
    std::size_t typed_ = 0;
};

}  // namespace calque
