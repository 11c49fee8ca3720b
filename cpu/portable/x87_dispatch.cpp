// The x87 unit in software: from opcodes to groups of instructions.
#include "cpu/portable/x87_transcendental.hpp"
#include "cpu/portable/x87_unit.hpp"

#include <cstring>

namespace calque::soft {
namespace {

template <typename T>
T read(const void* operand) {
    T value;
    std::memcpy(&value, operand, sizeof(T));
    return value;
}

template <typename T>
Operand integer_operand(const void* operand) {
    return {from_integer(std::int64_t{read<T>(operand)}), false};
}

}  // namespace

void X87Unit::arithmetic_or_compare(unsigned digit, const Operand& operand) {
    if (digit == 2 || digit == 3)
        compare_with(operand, false, digit - 2);
    else
        arithmetic(static_cast<Basic>(digit), operand);
}

/// DC and DE have the destination in ST(i), and the meanings of the reversed forms exchanged.
void X87Unit::arithmetic_to_register(unsigned digit, unsigned position, bool pops) {
    const unsigned operation = digit >= 4 ? digit ^ 1U : digit;
    arithmetic(static_cast<Basic>(operation), position, 0, pops);
}

void X87Unit::execute(std::uint8_t opcode, std::uint8_t modrm) {
    const unsigned digit = modrm >> 3 & 7U, position = modrm & 7U;
    switch (opcode) {
        case 0xd8:
            if (digit == 2 || digit == 3) return compare_registers(position, false, digit - 2);
            return arithmetic(static_cast<Basic>(digit), 0, position, false);
        case 0xd9: return execute_d9(modrm);
        case 0xda: return compare_registers(1, true, 2);
        case 0xdc:
            if (digit == 2 || digit == 3) return compare_registers(position, false, digit - 2);
            return arithmetic_to_register(digit, position, false);
        case 0xdd: return execute_dd(digit, position);
        case 0xde:
            if (digit == 2 || digit == 3) return compare_registers(position, false, digit - 1);
            return arithmetic_to_register(digit, position, true);
        default: return execute_df(digit, position);
    }
}

void X87Unit::execute_dd(unsigned digit, unsigned position) {
    switch (digit) {
        case 0: return free(position);
        case 1: return exchange(position);
        case 2:
        case 3: return copy_to(position, digit == 3);
        default: return compare_registers(position, true, digit - 4);
    }
}

void X87Unit::execute_df(unsigned digit, unsigned position) {
    switch (digit) {
        case 0: free(position); return pop();
        case 1: return exchange(position);
        default: return copy_to(position, true);
    }
}

void X87Unit::execute_d9(std::uint8_t modrm) {
    const unsigned digit = modrm >> 3 & 7U, position = modrm & 7U;
    switch (digit) {
        case 0: return load_register(position);
        case 1: return exchange(position);
        case 2: return;  // FNOP
        case 3: return copy_to_unchecked(position);
        case 4: return execute_d9_e0(modrm);
        case 5: return constant(position);
        case 6: return execute_d9_f0(modrm);
        default: return execute_d9_f8(modrm);
    }
}

void X87Unit::execute_d9_e0(std::uint8_t modrm) {
    switch (modrm) {
        case 0xe0: return change_sign(false);
        case 0xe1: return change_sign(true);
        case 0xe4: return compare_with({}, false, 0);
        default: return examine();
    }
}

void X87Unit::execute_d9_f0(std::uint8_t modrm) {
    switch (modrm) {
        case 0xf0: return unary(f2xm1);
        case 0xf1: return into_st1(fyl2x);
        case 0xf2: return trigonometric(Trigonometric::tan);
        case 0xf3: return into_st1(fpatan);
        case 0xf4: return extract_top();
        case 0xf5: return remainder_of_top(true);
        default: set_c1(false); return move_top(modrm == 0xf6 ? 7 : 1);
    }
}

void X87Unit::execute_d9_f8(std::uint8_t modrm) {
    switch (modrm) {
        case 0xf8: return remainder_of_top(false);
        case 0xf9: return into_st1(fyl2xp1);
        case 0xfa: return unary(square_root);
        case 0xfb: return trigonometric(Trigonometric::sincos);
        case 0xfc: return unary(round_to_integral);
        case 0xfd: return with_st1(scale);
        case 0xfe: return trigonometric(Trigonometric::sin);
        default: return trigonometric(Trigonometric::cos);
    }
}

void X87Unit::execute(std::uint8_t opcode, unsigned digit, void* operand) {
    switch (opcode) {
        case 0xd8: return arithmetic_or_compare(digit, from_binary(read<std::uint32_t>(operand)));
        case 0xda: return arithmetic_or_compare(digit, integer_operand<std::int32_t>(operand));
        case 0xdc: return arithmetic_or_compare(digit, from_binary(read<std::uint64_t>(operand)));
        case 0xde: return arithmetic_or_compare(digit, integer_operand<std::int16_t>(operand));
        case 0xd9:
            if (digit == 0) return load_operand(from_binary(read<std::uint32_t>(operand)));
            return store_binary<std::uint32_t>(operand, digit == 3);
        case 0xdb: return execute_db(digit, operand);
        case 0xdd:
            if (digit == 0) return load_operand(from_binary(read<std::uint64_t>(operand)));
            if (digit == 1) return store_integer(operand, 8, true, true);
            return store_binary<std::uint64_t>(operand, digit == 3);
        default: return execute_df_memory(digit, operand);
    }
}

void X87Unit::execute_db(unsigned digit, void* operand) {
    switch (digit) {
        case 0: return push(from_integer(std::int64_t{read<std::int32_t>(operand)}));
        case 5:
            return push({read<std::uint64_t>(operand),
                         read<std::uint16_t>(static_cast<const std::uint8_t*>(operand) + 8)});
        case 7: return store_extended(operand);
        default: return store_integer(operand, 4, digit == 1, digit != 2);
    }
}

void X87Unit::execute_df_memory(unsigned digit, void* operand) {
    switch (digit) {
        case 0: return push(from_integer(std::int64_t{read<std::int16_t>(operand)}));
        case 4: return push(from_decimal(read<Decimal>(operand)));
        case 5: return push(from_integer(read<std::int64_t>(operand)));
        case 6: return store_decimal(operand);
        case 7: return store_integer(operand, 8, false, true);
        default: return store_integer(operand, 2, digit == 1, digit != 2);
    }
}

std::uint32_t X87Unit::execute_with_flags(std::uint8_t opcode, std::uint8_t modrm, std::uint32_t flags) {
    const unsigned digit = modrm >> 3 & 7U, position = modrm & 7U;
    if (digit >= 5) return compare_to_flags(position, digit == 5, opcode == 0xdf);
    const std::array<bool, 4> conditions{bool(flags & flag::cf), bool(flags & flag::zf),
                                         bool(flags & (flag::cf | flag::zf)), bool(flags & flag::pf)};
    move_if(conditions[digit] != (opcode == 0xdb), position);
    return flags;
}

}  // namespace calque::soft
