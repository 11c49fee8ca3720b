// What a trace consists of: instructions, their accesses, exceptions and interrupts.
#pragma once

#include "frontend/trace/registers.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace calque::trace {

enum class RecordKind : std::uint8_t {
    retired,   ///< one instruction, or one iteration of a string instruction
    faulted,   ///< an attempt: its exception follows; it does not count
    delivery,  ///< an exception or interrupt went to its handler, or failed to (another follows)
    gap,       ///< instructions that are not in the trace, or a change from outside: a reset, a debugger
};

struct Access {
    bool write = false;
    bool port = false;           ///< `address` is a port
    bool system = false;         ///< as supervisor whatever the CPL
    bool io = false;             ///< no RAM or ROM is behind it: MMIO, or nothing
    std::uint8_t size = 0;       ///< 1 to 16
    std::uint64_t address = 0;   ///< linear
    std::uint64_t physical = 0;  ///< of the first byte
    std::array<std::uint64_t, 2> value{};

    bool operator==(const Access&) const = default;
};

struct Delivery {
    std::uint8_t vector = 0;
    bool interrupt = false;
    bool has_error_code = false;
    bool failed = false;    ///< it raised another exception instead
    bool shutdown = false;  ///< a triple fault
    std::uint32_t error_code = 0;

    bool operator==(const Delivery&) const = default;
};

/// An instruction as fetched. The fields behind `bytes` are what predictions go by.
struct Code {
    std::uint64_t linear = 0, physical = 0;
    std::uint8_t length = 0;
    bool code32 = false;
    std::array<std::uint8_t, 15> bytes{};

    std::uint8_t base = 16, index = 16, scale = 0, segment = 0;  ///< of the memory operand; 16: none
    std::uint8_t reg = 0, rm = 0;                                ///< byte offsets into the general registers
    std::uint8_t width = 4;                                      ///< bytes of the operands
    std::uint8_t condition = no_condition;
    bool relative = false;  ///< a near jump or call by `immediate`
    bool wide_address = true;
    std::uint32_t displacement = 0, immediate = 0;

    static constexpr std::uint8_t no_condition = 16;
    bool operator==(const Code&) const = default;
};

struct Record {
    RecordKind kind = RecordKind::retired;
    std::uint64_t number = 0;  ///< instructions retired before it, since the machine was made
    Code code;                 ///< of instructions
    std::vector<Access> accesses;
    Delivery delivery;
    std::uint64_t skipped = 0;  ///< of a gap: instructions
    Registers before{}, after{};
};

}  // namespace calque::trace
