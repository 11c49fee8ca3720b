// The re-encoder: a guest instruction's own bytes, with registers and memory operand replaced.
#pragma once

#include "cpu/instruction_table.hpp"
#include "translator/plan.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace calque {

struct HostBytes {
    std::array<std::uint8_t, 24> bytes{};
    std::uint8_t size = 0;

    void append(std::uint8_t byte) { bytes[size++] = byte; }
    std::span<const std::uint8_t> view() const { return {bytes.data(), size}; }
};

/// Re-encodes the innocuous instruction in `guest` for 64-bit mode. A memory operand becomes [`base`], a host register
/// that needs neither SIB byte nor displacement as a base. Nothing: the plan or 64-bit mode has no encoding for it.
std::optional<HostBytes> rewrite(std::span<const std::uint8_t> guest, const Insn& insn, const Row& row, const Plan& plan,
                                 unsigned base);

/// Whether ModRM.reg is AH, CH, DH or BH: then the base may not need a REX prefix.
bool uses_high_byte(const Insn& insn, const Row& row);

}  // namespace calque
