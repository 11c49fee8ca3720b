// A record as the machine's thread leaves it to the one that encodes.
#pragma once

#include "cpu/insn.hpp"
#include "frontend/trace/record.hpp"

#include <array>
#include <cstdint>

namespace calque::trace {

/// `access_count` of Access follow it in memory and then, if `has_all`, Registers.
struct RawRecord {
    RecordKind kind = RecordKind::retired;
    bool has_all = false;  ///< more than general registers, EIP and EFLAGS may have changed
    bool code32 = false;
    std::uint8_t length = 0;  ///< of the instruction
    std::uint32_t access_count = 0;
    std::uint32_t rflags = 0;
    Delivery delivery{};
    std::uint64_t rip = 0;
    std::uint64_t physical = 0;  ///< of the instruction
    std::uint64_t position = 0;  ///< of a gap: instructions retired before what comes behind it
    std::array<std::uint64_t, 8> gprs{};
    std::array<std::uint8_t, 16> bytes{};
    Insn insn;
};

}  // namespace calque::trace
