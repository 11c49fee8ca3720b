// The shape that ADD, OR, ADC, SBB, AND, SUB and XOR share: ten encodings of one algorithm.
#pragma once

#include "cpu/instructions/rows.hpp"

namespace calque {

template <typename Algorithm>
struct TwoOperand {
    template <typename Rm>
    using RmReg = Binary<Algorithm, Rm, RegOperand>;
    template <typename Rm>
    using RegRm = Binary<Algorithm, RegOperand, Rm>;
    template <typename Rm>
    using RmImmediate = Binary<Algorithm, Rm, Immediate>;
    using Accumulator = Binary<Algorithm, FixedRegister<eax>, Immediate>;
};

/// The ten encodings of one of the eight basic operations.
template <typename Algorithm>
constexpr std::array<Row, 10> basic_operation(const char* name, unsigned number, FlagUse flags) {
    using Forms = TwoOperand<Algorithm>;
    const auto op = static_cast<std::uint8_t>(number * 8);
    const auto opcode = [op](int offset) { return static_cast<std::uint8_t>(op + offset); };
    const int digit = static_cast<int>(number);
    constexpr Handlers immediate_b = handlers_b<Forms::template RmImmediate>();
    constexpr Handlers immediate_v = handlers_v<Forms::template RmImmediate>();
    using Accumulator = typename Forms::Accumulator;
    constexpr Access rw = Access::read_write;
    Row al = plain_row(name, opcode(4), InstructionClass::innocuous, flags,
                       handlers_any(threaded<Accumulator::template run<std::uint8_t>>));
    Row ax = plain_row(name, opcode(5), InstructionClass::innocuous, flags,
                       handlers_by_size(threaded<Accumulator::template run<std::uint16_t>>,
                                        threaded<Accumulator::template run<std::uint32_t>>));
    return {modrm_row(name, opcode(0), OperandKind::gpr8, rw, OperandKind::gpr8, Access::read, flags,
                      handlers_b<Forms::template RmReg>(), attribute::lockable),
            modrm_row(name, opcode(1), OperandKind::gpr, rw, OperandKind::gpr, Access::read, flags,
                      handlers_v<Forms::template RmReg>(), attribute::lockable),
            modrm_row(name, opcode(2), OperandKind::gpr8, Access::read, OperandKind::gpr8, rw, flags,
                      handlers_b<Forms::template RegRm>()),
            modrm_row(name, opcode(3), OperandKind::gpr, Access::read, OperandKind::gpr, rw, flags,
                      handlers_v<Forms::template RegRm>()),
            al,
            ax,
            digit_row(name, 0x80, digit, OperandKind::gpr8, rw, flags, immediate_b, attribute::lockable),
            digit_row(name, 0x81, digit, OperandKind::gpr, rw, flags, immediate_v, attribute::lockable),
            digit_row(name, 0x82, digit, OperandKind::gpr8, rw, flags, immediate_b, attribute::lockable),
            digit_row(name, 0x83, digit, OperandKind::gpr, rw, flags, immediate_v, attribute::lockable)};
}

}  // namespace calque
