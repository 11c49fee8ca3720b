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

/// [base + index * 2^scale + displacement] by host register numbers.
struct HostOperand {
    static constexpr unsigned no_index = 4;  // RSP cannot be one

    unsigned base = 0;
    unsigned index = no_index;
    std::int32_t displacement = 0;
    unsigned scale = 0;
    bool in_aperture = false;  ///< relative to GS, and the host may fault
    bool wraps = false;        ///< at 32 bits
};

/// Re-encodes the innocuous instruction in `guest` for 64-bit mode, a memory operand becoming `operand`.
/// Nothing: the plan or 64-bit mode has no encoding for it.
std::optional<HostBytes> rewrite(std::span<const std::uint8_t> guest, const Insn& insn, const Row& row,
                                 const Plan& plan, const HostOperand& operand);

/// Whether ECX is an operand without being named: such an instruction has to be staged.
bool uses_ecx_implicitly(const Row& row);
/// Sensitive, and the unit has to be live nevertheless.
bool is_fldcw(const Row& row);

}  // namespace calque
