// Types text on the guest's keyboard as fast as it takes it.
#pragma once

#include "devices/ps2_keyboard.hpp"

#include <string>

namespace calque {

/// Characters that a US layout does not have are left out.
class Typist {
public:
    explicit Typist(Ps2Keyboard& keyboard) : keyboard_(keyboard) {}

    void add(const std::string& text) { text_ += text; }
    /// Types what the keyboard takes now. True once there is no more.
    bool go_on() {
        for (; typed_ < text_.size(); ++typed_) {
            const auto chord = keys_for_character(text_[typed_]);
            if (chord && !keyboard_.type(*chord)) return false;
        }
        text_.clear();
        typed_ = 0;
        return true;
    }

private:
    Ps2Keyboard& keyboard_;
    std::string text_;
    std::size_t typed_ = 0;
};

}  // namespace calque
