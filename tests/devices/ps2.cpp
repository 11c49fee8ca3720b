// Keyboard, mouse and controller under SeaBIOS-like and Linux-like initialization and use.
#include "bench_clock.hpp"
#include "devices/ps2_controller8042.hpp"
#include "devices/ps2_keyboard.hpp"
#include "devices/ps2_mouse.hpp"
#include "devices/ps2_scan_codes.hpp"

#include <doctest/doctest.h>

using namespace calque;
using Bytes = std::vector<unsigned>;

namespace {

constexpr Nanoseconds byte_time = Ps2Controller8042::byte_time;

struct Ps2 {
    BenchClock bench;
    Ps2Keyboard keyboard{bench.clock};
    Ps2Mouse mouse;
    Ps2Controller8042 controller{bench.clock, keyboard, mouse};

    unsigned status() { return controller.port_read(0x64, 1); }
    unsigned data() { return controller.port_read(0x60, 1); }
    void command(unsigned value) { controller.port_write(0x64, value, 1); }
    void command(unsigned value, unsigned parameter) {
        command(value);
        controller.port_write(0x60, parameter, 1);
    }
    void to_keyboard(unsigned value) { controller.port_write(0x60, value, 1); }
    void to_mouse(unsigned value) { command(0xD4, value); }
    /// Everything that comes out within a second of guest time, aux bytes marked by 100h.
    Bytes drain() {
        Bytes bytes;
        for (int i = 0; i < 1000; ++i) {
            if (const unsigned s = status(); s & 1) bytes.push_back(data() | (s & 0x20 ? 0x100 : 0));
            bench.advance(byte_time);
        }
        return bytes;
    }
    bool type(const KeyChord& chord) {
        bool taken = true;
        strike(chord, [&](Key key, bool pressed) { taken = keyboard.key(key, pressed) && taken; });
        return taken;
    }
    Bytes press(Key key) {
        keyboard.key(key, true);
        keyboard.key(key, false);
        return drain();
    }
};

}  // namespace

TEST_CASE("the controller's own replies are there at once") {
    Ps2 ps2;
    ps2.command(0xAA);
    CHECK((ps2.status() & 5) == 5);
    CHECK(ps2.data() == 0x55);
    ps2.command(0xAB);
    CHECK(ps2.data() == 0x00);
    ps2.command(0xA9);
    CHECK(ps2.data() == 0x00);
    ps2.command(0x60, 0x65);
    ps2.command(0x20);
    CHECK((ps2.status() & 0x08) == 0x08);
    CHECK(ps2.data() == 0x65);
    ps2.command(0xA7);
    ps2.command(0xAD);
    ps2.command(0x20);
    CHECK(ps2.data() == 0x75);
    CHECK((ps2.status() & 1) == 0);
}

TEST_CASE("the controller's RAM, whose first byte is the command byte") {
    Ps2 ps2;
    ps2.command(0x7F, 0xA5);
    ps2.command(0x61, 0x12);
    ps2.command(0x3F);
    CHECK(ps2.data() == 0xA5);
    ps2.command(0x21);
    CHECK(ps2.data() == 0x12);
    ps2.command(0x3E);
    CHECK(ps2.data() == 0x00);
    ps2.command(0x60, 0x74);
    ps2.command(0x20);
    CHECK(ps2.data() == 0x74);
    ps2.command(0xA4);  // no password
    CHECK(ps2.data() == 0xF1);
}

TEST_CASE("the loop test by which kernels find the auxiliary port") {
    Ps2 ps2;
    ps2.command(0x60, 0x47);
    ps2.command(0xD3, 0x5A);
    CHECK((ps2.status() & 0x21) == 0x21);
    CHECK(ps2.controller.mouse_irq.level());
    CHECK_FALSE(ps2.controller.keyboard_irq.level());
    CHECK(ps2.data() == 0x5A);
    CHECK_FALSE(ps2.controller.mouse_irq.level());
    ps2.command(0xD2, 0x1C);
    CHECK((ps2.status() & 0x21) == 0x01);
    CHECK(ps2.controller.keyboard_irq.level());
}

TEST_CASE("A20 and reset through the output port") {
    Ps2 ps2;
    int resets = 0;
    ps2.controller.on_reset([&] { ++resets; });
    CHECK(ps2.controller.a20.level());
    ps2.command(0xD1, 0xDD);
    CHECK_FALSE(ps2.controller.a20.level());
    ps2.command(0xD0);
    CHECK((ps2.data() & 3) == 1);
    ps2.command(0xDF);
    CHECK(ps2.controller.a20.level());
    ps2.command(0xFF);
    CHECK(resets == 0);
    ps2.command(0xFE);
    CHECK(resets == 1);
    ps2.command(0xD1, 0x02);
    CHECK(resets == 2);
}

TEST_CASE("keyboard reset, identification and settings") {
    Ps2 ps2;
    ps2.to_keyboard(0xFF);
    CHECK(ps2.drain() == Bytes{0xFA, 0xAA});
    ps2.to_keyboard(0xF5);
    ps2.drain();
    ps2.to_keyboard(0xF2);
    CHECK(ps2.drain() == Bytes{0xFA, 0xAB, 0x83});
    ps2.to_keyboard(0xED);
    CHECK(ps2.drain() == Bytes{0xFA});
    ps2.to_keyboard(0x02);
    CHECK(ps2.drain() == Bytes{0xFA});
    CHECK(ps2.keyboard.leds() == 2);
    ps2.to_keyboard(0xF0);
    ps2.to_keyboard(0x00);
    CHECK(ps2.drain() == Bytes{0xFA, 0xFA, 0x02});
    ps2.to_keyboard(0xEE);
    ps2.to_keyboard(0xE0);
    CHECK(ps2.drain() == Bytes{0xEE, 0xFE});
}

TEST_CASE("scan codes, plain, extended and translated") {
    Ps2 ps2;
    CHECK(ps2.press(Key::a) == Bytes{0x1C, 0xF0, 0x1C});
    ps2.command(0x60, 0x41);
    CHECK(ps2.press(Key::a) == Bytes{0x1E, 0x9E});
    CHECK(ps2.press(Key::right_ctrl) == Bytes{0xE0, 0x1D, 0xE0, 0x9D});
    CHECK(ps2.press(Key::f7) == Bytes{0x41, 0xC1});
    CHECK(ps2.press(Key::pause) == Bytes{0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5});
    CHECK(ps2.press(Key::print_screen) == Bytes{0xE0, 0x2A, 0xE0, 0x37, 0xE0, 0xB7, 0xE0, 0xAA});
    CHECK(ps2.press(Key::iso_backslash) == Bytes{0x56, 0xD6});
}

TEST_CASE("Ctrl makes Break of Pause, Alt makes SysRq of Print Screen, and Shift saves it the trouble") {
    Ps2 ps2;
    ps2.command(0x60, 0x41);
    const auto with = [&](Key modifier, Key key) {
        ps2.keyboard.key(modifier, true);
        ps2.drain();
        Bytes bytes = ps2.press(key);
        ps2.keyboard.key(modifier, false);
        ps2.drain();
        return bytes;
    };
    CHECK(with(Key::right_ctrl, Key::pause) == Bytes{0xE0, 0x46, 0xE0, 0xC6});
    CHECK(with(Key::left_alt, Key::print_screen) == Bytes{0x54, 0xD4});
    CHECK(with(Key::left_shift, Key::print_screen) == Bytes{0xE0, 0x37, 0xE0, 0xB7});
    CHECK(ps2.press(Key::pause) == Bytes{0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5});
}

TEST_CASE("scan code set 3: a byte a key, and each key does as it is told") {
    Ps2 ps2;
    ps2.to_keyboard(0xF0);
    ps2.to_keyboard(0x03);
    ps2.to_keyboard(0xF0);
    ps2.to_keyboard(0x00);
    CHECK(ps2.drain() == Bytes{0xFA, 0xFA, 0xFA, 0xFA, 0x03});
    CHECK(ps2.press(Key::a) == Bytes{0x1C});
    CHECK(ps2.press(Key::right_ctrl) == Bytes{0x58});
    CHECK(ps2.press(Key::left_ctrl) == Bytes{0x11, 0xF0, 0x11});
    CHECK(ps2.press(Key::pause) == Bytes{0x62});
    ps2.keyboard.key(Key::f1, true);  // does not repeat
    CHECK(ps2.drain() == Bytes{0x07});
    ps2.keyboard.key(Key::f1, false);
    CHECK(ps2.drain().empty());

    ps2.to_keyboard(0xFC);  // make and break: A and F1
    ps2.to_keyboard(0x1C);
    ps2.to_keyboard(0x07);
    ps2.to_keyboard(0xF4);
    CHECK(ps2.drain() == Bytes(4, 0xFA));
    CHECK(ps2.press(Key::a) == Bytes{0x1C, 0xF0, 0x1C});
    CHECK(ps2.press(Key::f1) == Bytes{0x07, 0xF0, 0x07});
    CHECK(ps2.press(Key::b) == Bytes{0x32});
    ps2.to_keyboard(0xF9);
    ps2.drain();
    CHECK(ps2.press(Key::left_ctrl) == Bytes{0x11});
    ps2.to_keyboard(0xFA);
    ps2.drain();
    CHECK(ps2.press(Key::pause) == Bytes{0x62, 0xF0, 0x62});
    ps2.keyboard.key(Key::b, true);
    CHECK(ps2.drain().size() > 3);
    ps2.keyboard.key(Key::b, false);
    CHECK(ps2.drain() == Bytes{0xF0, 0x32});
    ps2.to_keyboard(0xFF);
    ps2.drain();
    CHECK(ps2.press(Key::a) == Bytes{0x1C, 0xF0, 0x1C});
}

TEST_CASE("in scan code set 3 too each key has a code of its own") {
    std::vector<std::uint8_t> codes;
    codes.reserve(static_cast<std::size_t>(Key::count));
    for (int i = 0; i < static_cast<int>(Key::count); ++i) codes.push_back(set3_code(static_cast<Key>(i)));
    std::sort(codes.begin(), codes.end());
    CHECK(std::unique(codes.begin(), codes.end()) == codes.end());
    CHECK(codes.front() != 0);
}

TEST_CASE("set 1 from the keyboard itself is what translation makes of set 2") {
    for (int i = 0; i < static_cast<int>(Key::count); ++i) {
        for (bool pressed : {true, false}) {
            Ps2 translated;
            translated.command(0x60, 0x41);
            translated.keyboard.key(static_cast<Key>(i), pressed);
            Bytes bytes;
            for (std::uint8_t byte : scan_code(static_cast<Key>(i), pressed, 1)) bytes.push_back(byte);
            Bytes drained;
            for (int step = 0; step < 20; ++step) {
                translated.bench.advance(byte_time);
                if (translated.status() & 1) drained.push_back(translated.data());
            }
            CHECK(drained == bytes);
        }
    }
}

TEST_CASE("every key has a scan code of its own") {
    std::vector<std::vector<std::uint8_t>> codes;
    codes.reserve(static_cast<std::size_t>(Key::count));
    for (int i = 0; i < static_cast<int>(Key::count); ++i)
        codes.push_back(scan_code(static_cast<Key>(i), true, 2));
    std::sort(codes.begin(), codes.end());
    CHECK(std::unique(codes.begin(), codes.end()) == codes.end());
    CHECK_FALSE(codes.front().empty());
}

TEST_CASE("keys typed while the keyboard is off, unread or in a command are not lost") {
    Ps2 ps2;
    ps2.command(0x60, 0x41);
    ps2.to_keyboard(0xF5);
    CHECK(ps2.drain() == Bytes{0xFA});
    CHECK(ps2.press(Key::a).empty());
    ps2.to_keyboard(0xFF);
    CHECK(ps2.drain() == Bytes{0xFA, 0xAA, 0x1E, 0x9E});
    ps2.command(0xAD);
    CHECK(ps2.press(Key::b).empty());
    ps2.command(0xAE);
    CHECK(ps2.drain() == Bytes{0x30, 0xB0});
    ps2.to_keyboard(0xED);
    CHECK(ps2.press(Key::c) == Bytes{0xFA});
    ps2.to_keyboard(0x00);
    CHECK(ps2.drain() == Bytes{0xFA, 0x2E, 0xAE});
    for (int i = 0; i < 1000; ++i) CHECK(ps2.type(KeyChord{Key::d}));
    std::size_t got = 0;
    while (ps2.keyboard.waiting()) got += ps2.drain().size();
    CHECK(got + ps2.drain().size() == 2'000);
}

TEST_CASE("keys come at a typist's pace") {
    Ps2 ps2;
    ps2.command(0x60, 0x41);
    for (char c : std::string("ab")) ps2.type(*keys_for_character(c));
    std::vector<Nanoseconds> times;
    while (ps2.bench.now() < 40 * byte_time) {
        ps2.bench.advance(byte_time / 2);
        if (!(ps2.status() & 1)) continue;
        ps2.data();
        times.push_back(ps2.bench.now() / byte_time);
    }
    CHECK(times == std::vector<Nanoseconds>{1, 7, 13, 19});
}

TEST_CASE("a command in the middle of an extended code does not tear it") {
    Ps2 ps2;
    ps2.keyboard.key(Key::up, true);
    ps2.bench.advance(byte_time);
    CHECK(ps2.data() == 0xE0);
    ps2.to_keyboard(0xEE);
    ps2.keyboard.key(Key::up, false);
    CHECK(ps2.drain() == Bytes{0xEE, 0x75, 0xE0, 0xF0, 0x75});
}

TEST_CASE("one interrupt a byte, and a byte waits to be read") {
    Ps2 ps2;
    int interrupts = 0;
    ps2.controller.keyboard_irq.connect([&](bool level) { interrupts += level; });
    ps2.command(0x60, 0x41);
    ps2.type(*keys_for_character('A'));
    ps2.bench.advance(50 * byte_time);
    CHECK(interrupts == 1);
    CHECK(ps2.drain() == Bytes{0x2A, 0x1E, 0x9E, 0xAA});
    CHECK(interrupts == 4);
}

TEST_CASE("a held key repeats after its delay until it is released") {
    Ps2 ps2;
    ps2.to_keyboard(0xF3);
    ps2.to_keyboard(0x00);  // 250 ms, 30 a second
    ps2.drain();
    ps2.keyboard.key(Key::x, true);
    const Bytes second = ps2.drain();
    CHECK(second.size() == 1 + 23);
    ps2.keyboard.key(Key::x, false);
    CHECK(ps2.drain() == Bytes{0xF0, 0x22});
    CHECK(ps2.bench.clock.next_deadline() == never);
}

TEST_CASE("what a US layout types") {
    CHECK(keys_for_character('q') == KeyChord{Key::q});
    CHECK(keys_for_character('Z') == KeyChord{Key::z, true});
    CHECK(keys_for_character('|') == KeyChord{Key::backslash, true});
    CHECK(keys_for_character('\n') == KeyChord{Key::enter});
    CHECK(keys_for_character('\x03') == KeyChord{Key::c, false, true});
    CHECK_FALSE(keys_for_character('\xE4'));
    for (char c = ' '; c < 0x7F; ++c) CHECK(keys_for_character(c));
}

TEST_CASE("keys have names") {
    CHECK(key_by_name("ctrl") == Key::left_ctrl);
    CHECK(key_by_name("delete") == Key::del);
    CHECK(key_by_name("f12") == Key::f12);
    CHECK_FALSE(key_by_name("any"));
    for (int i = 0; i < static_cast<int>(Key::count); ++i)
        CHECK(key_by_name(key_name(static_cast<Key>(i))) == static_cast<Key>(i));
}

TEST_CASE("mouse reset, wheel protocol and identification") {
    Ps2 ps2;
    ps2.to_mouse(0xFF);
    CHECK(ps2.drain() == Bytes{0x1FA, 0x1AA, 0x100});
    ps2.to_mouse(0xF2);
    CHECK(ps2.drain() == Bytes{0x1FA, 0x100});
    for (unsigned rate : {200u, 100u, 80u}) {
        ps2.to_mouse(0xF3);
        CHECK(ps2.drain() == Bytes{0x1FA});
        ps2.to_mouse(rate);
        CHECK(ps2.drain() == Bytes{0x1FA});
    }
    ps2.to_mouse(0xF2);
    CHECK(ps2.drain() == Bytes{0x1FA, 0x103});
    ps2.to_mouse(0xE9);
    CHECK(ps2.drain() == Bytes{0x1FA, 0x100, 0x102, 80 | 0x100});
    ps2.to_mouse(0xF4);
    ps2.drain();
    ps2.mouse.move(0, 0, -1);
    CHECK(ps2.drain() == Bytes{0x108, 0x100, 0x100, 0x1FF});
}

TEST_CASE("a mouse with five buttons") {
    Ps2 ps2;
    for (unsigned rate : {200u, 200u, 80u}) {
        ps2.to_mouse(0xF3);
        ps2.to_mouse(rate);
    }
    ps2.to_mouse(0xF2);
    ps2.to_mouse(0xF4);
    ps2.drain();
    ps2.mouse.set_buttons(Ps2Mouse::fourth | Ps2Mouse::left);
    CHECK(ps2.drain() == Bytes{0x109, 0x100, 0x100, 0x110});
    ps2.mouse.set_buttons(Ps2Mouse::fifth);
    ps2.mouse.move(1, 0, -1);
    CHECK(ps2.drain() == Bytes{0x108, 0x101, 0x100, 0x12F});
    ps2.to_mouse(0xF2);
    CHECK(ps2.drain() == Bytes{0x1FA, 0x104});
}

TEST_CASE("scaling 2:1 is for what the mouse reports unasked") {
    Ps2 ps2;
    for (unsigned command : {0xE7u, 0xF4u}) ps2.to_mouse(command);
    ps2.drain();
    ps2.mouse.move(2, -4);
    CHECK(ps2.drain() == Bytes{0x108, 0x101, 0x106});
    ps2.mouse.move(-6, 5);
    CHECK(ps2.drain() == Bytes{0x138, 0x1F4, 0x1F7});
    ps2.mouse.move(150, 0);
    CHECK(ps2.drain() == Bytes{0x108, 0x1FE, 0x100, 0x108, 0x12E, 0x100});
    ps2.to_mouse(0xF0);
    ps2.drain();
    ps2.mouse.move(4, 0);
    ps2.to_mouse(0xEB);
    CHECK(ps2.drain() == Bytes{0x1FA, 0x108, 0x104, 0x100});
}

TEST_CASE("movement is reported in full, clicks in order") {
    Ps2 ps2;
    ps2.mouse.move(5, 5);  // nobody listens
    ps2.to_mouse(0xF4);
    ps2.drain();
    ps2.mouse.move(300, -2);
    ps2.mouse.set_buttons(Ps2Mouse::left);
    ps2.mouse.set_buttons(0);
    ps2.mouse.move(-1, 1);
    CHECK(ps2.drain() == Bytes{0x108, 0x1FF, 0x102, 0x108, 0x12D, 0x100,  //
                               0x109, 0x100, 0x100, 0x138, 0x1FF, 0x1FF});
}

TEST_CASE("a read-data request is answered in remote mode") {
    Ps2 ps2;
    ps2.to_mouse(0xF0);
    ps2.drain();
    ps2.mouse.move(3, 0);
    CHECK(ps2.drain().empty());
    ps2.to_mouse(0xEB);
    CHECK(ps2.drain() == Bytes{0x1FA, 0x108, 0x103, 0x100});
    ps2.to_mouse(0xEB);
    CHECK(ps2.drain() == Bytes{0x1FA, 0x108, 0x100, 0x100});
}

TEST_CASE("restored devices go on where they were") {
    Ps2 ps2, copy;
    ps2.command(0x60, 0x43);
    ps2.to_mouse(0xF4);
    ps2.drain();
    ps2.keyboard.key(Key::up, true);
    ps2.mouse.move(1, 1);
    ps2.bench.advance(byte_time);
    copy.bench.advance_to(ps2.bench.now());
    copy.keyboard.restore(through_archive(ps2.keyboard.state()));
    copy.mouse.restore(through_archive(ps2.mouse.state()));
    copy.controller.restore(through_archive(ps2.controller.state()));
    CHECK(listed(copy.controller.state()) == listed(ps2.controller.state()));
    CHECK(copy.bench.clock.next_deadline() == ps2.bench.clock.next_deadline());
    CHECK(copy.controller.keyboard_irq.level());
    CHECK(copy.data() == 0xE0);
    CHECK(ps2.data() == 0xE0);
    CHECK(copy.drain() == ps2.drain());
}
