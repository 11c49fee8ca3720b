// The serial EEPROM, bit by bit as drivers do it.
#include "devices/eeprom93c46.hpp"

#include "bench_clock.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

struct Wires {
    Eeprom93c46::State state;
    Eeprom93c46 chip{state};

    void select() { chip.set_inputs(true, false, false); }
    void release() { chip.set_inputs(false, false, false); }
    void put(bool bit) {
        chip.set_inputs(true, false, bit);
        chip.set_inputs(true, true, bit);
        chip.set_inputs(true, false, bit);
    }
    void put(unsigned value, unsigned count) {
        while (count-- > 0) put((value >> count & 1) != 0);
    }
    unsigned take(unsigned count) {
        unsigned value = 0;
        while (count-- > 0) {
            put(false);
            value = value << 1 | chip.output();
        }
        return value;
    }
    /// Start bit, opcode, address; stays selected.
    void instruct(unsigned opcode, unsigned address) {
        release();
        select();
        put(1, 1), put(opcode, 2), put(address, 6);
    }
    unsigned read(unsigned address) {
        instruct(2, address);
        return take(16);
    }
    void write(unsigned address, unsigned value) {
        instruct(1, address);
        put(value, 16);
        release();
    }
};

constexpr unsigned enable_writes = 0x30, disable_writes = 0x00, erase_all = 0x20, write_all = 0x10;

}  // namespace

TEST_CASE("eeprom: reads, after a dummy 0, and goes on with the next word") {
    Wires wires;
    wires.state.words[5] = 0x8129;
    wires.state.words[6] = 0x1234;
    wires.instruct(2, 5);
    CHECK_FALSE(wires.chip.output());
    CHECK(wires.take(16) == 0x8129);
    CHECK(wires.take(16) == 0x1234);
    wires.release();
    CHECK(wires.chip.output());
}

TEST_CASE("eeprom: a driver that sends eight address bits finds out that there are six") {
    Wires wires;
    wires.state.words[0] = 0x8129;
    wires.instruct(2, 0);
    wires.put(0, 2);
    CHECK(wires.take(16) != 0x8129);
}

TEST_CASE("eeprom: zeros before the start bit mean nothing") {
    Wires wires;
    wires.state.words[1] = 0xABCD;
    wires.release();
    wires.select();
    wires.put(0, 5), wires.put(0b110'000001, 9);
    CHECK(wires.take(16) == 0xABCD);
}

TEST_CASE("eeprom: is written only between EWEN and EWDS") {
    Wires wires;
    wires.write(3, 0x1111);
    CHECK(wires.read(3) == 0);
    wires.instruct(0, enable_writes);
    wires.write(3, 0x2222);
    CHECK(wires.chip.output());  // ready
    CHECK(wires.read(3) == 0x2222);
    wires.instruct(3, 3);
    CHECK(wires.read(3) == 0xFFFF);
    wires.instruct(0, write_all);
    wires.put(0x5A5A, 16);
    CHECK(wires.read(63) == 0x5A5A);
    wires.instruct(0, erase_all);
    CHECK(wires.read(0) == 0xFFFF);
    wires.instruct(0, disable_writes);
    wires.write(3, 0x3333);
    CHECK(wires.read(3) == 0xFFFF);
}

TEST_CASE("eeprom: a state restored in the middle of an instruction goes on") {
    Wires wires, copy;
    wires.state.words[9] = 0xBEEF;
    wires.instruct(2, 9);
    CHECK(wires.take(8) == 0xBE);
    copy.state = through_archive(wires.state);
    CHECK(copy.take(8) == 0xEF);
}
