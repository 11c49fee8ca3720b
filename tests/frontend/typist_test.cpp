// Text that is longer than the keyboard's queue, and characters that no US key has.
#include "frontend/typist.hpp"

#include "devices/clock.hpp"
#include "devices/ps2_keyboard.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

class NoTime final : public TimeSource {
public:
    Nanoseconds now() override { return 0; }
};

/// As GuestInputs::type().
bool type(Ps2Keyboard& keyboard, const KeyChord& chord) {
    if (!keyboard.has_room(longest_strike)) return false;
    strike(chord, [&](Key key, bool pressed) { keyboard.key(key, pressed); });
    return true;
}

}  // namespace

TEST_CASE("a long text is typed in pieces") {
    NoTime time;
    Clock clock(time);
    Ps2Keyboard keyboard(clock);
    Typist typist([&](const KeyChord& chord) { return type(keyboard, chord); });
    typist.add(std::string(Ps2Keyboard::waiting_keys_limit, 'x'));  // two events each
    int pieces = 1;
    for (; !typist.go_on(); ++pieces) {
        REQUIRE(pieces < 4);
        CHECK(keyboard.waiting() > Ps2Keyboard::waiting_keys_limit - 6);  // the longest chord
        keyboard.restore({});                                             // the guest has taken them all
    }
    CHECK(pieces > 1);
}

TEST_CASE("what cannot be typed is left out") {
    NoTime time;
    Clock clock(time);
    Ps2Keyboard keyboard(clock), plain(clock);
    Typist typist([&](const KeyChord& chord) { return type(keyboard, chord); });
    typist.add(
        "a\xC3\xA9"
        "b");
    CHECK(typist.go_on());
    CHECK(type(plain, *keys_for_character('a')));
    CHECK(type(plain, *keys_for_character('b')));
    CHECK(keyboard.state().waiting == plain.state().waiting);
}
