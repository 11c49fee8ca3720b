// An x87 and MMX unit in software: the registers, and what each opcode does to them.
#pragma once

#include "cpu/portable/x87_arithmetic.hpp"
#include "cpu/portable/x87_conversion.hpp"
#include "cpu/state.hpp"

#include <array>
#include <cstdint>

namespace calque::soft {

class X87Unit {
public:
    // As in cpu/host_x87.hpp, but store() leaves the unit as it is.
    void load(const FpuArea& area);
    void store(FpuArea& area) const;
    std::uint16_t status() const { return status_; }
    std::uint16_t control() const { return control_; }
    void set_control(std::uint16_t value);
    void initialize();
    void clear_exceptions();
    void execute(std::uint8_t opcode, std::uint8_t modrm);
    void execute(std::uint8_t opcode, unsigned digit, void* operand);
    std::uint32_t execute_with_flags(std::uint8_t opcode, std::uint8_t modrm, std::uint32_t flags);
    std::uint64_t read_mm(unsigned number);
    void write_mm(unsigned number, std::uint64_t value);
    void mmx(std::uint8_t opcode, unsigned number, const void* source);
    void empty_mm();

private:
    // The stack. Positions are those of the stack, ST(0) to ST(7).
    unsigned top() const { return status_ >> 11 & 7U; }
    unsigned physical(unsigned position) const { return (top() + position) & 7U; }
    bool empty(unsigned position) const { return !(used_ >> physical(position) & 1); }
    Extended& st(unsigned position) { return registers_[physical(position)]; }
    void set(unsigned position, const Extended& value);
    void release(unsigned position);
    void move_top(unsigned by);
    void pop();
    void enter_mmx();

    // Exceptions and condition codes.
    void set_c1(bool value);
    void set_c2(bool value);
    void set_conditions(unsigned c3_c2_c0);
    void report(unsigned exceptions);
    /// Stack underflow or overflow. True: masked, so the indefinite is the result.
    bool stack_fault(bool overflow);
    /// Reports; true: the instruction has a result.
    bool finish(const X87Control& control);
    void note_denormal_operand(const Operand& operand, X87Control& control);

    // Groups of instructions (x87_instructions.cpp).
    using Function = Extended (*)(const Extended&, X87Control&);
    using FunctionOfTwo = Extended (*)(const Extended&, const Extended&, X87Control&);
    enum class Trigonometric : std::uint8_t { sin, cos, sincos, tan };
    void push(const Extended& value);
    void load_operand(const Operand& operand);
    void load_register(unsigned position);
    void constant(unsigned number);
    template <typename Convert>
    void store_value(void* operand, std::size_t size, bool pops, Convert convert);
    template <std::unsigned_integral Bits>
    void store_binary(void* operand, bool pops);
    void store_integer(void* operand, unsigned size, bool truncate, bool pops);
    void store_decimal(void* operand);
    void store_extended(void* operand);
    void copy_to(unsigned position, bool pops);
    void copy_to_unchecked(unsigned position);
    void free(unsigned position);
    void exchange(unsigned position);
    void move_if(bool condition, unsigned position);
    void arithmetic(Basic operation, unsigned destination, unsigned source, bool pops);
    void arithmetic(Basic operation, const Operand& operand);
    void unary(Function function);
    void with_st1(FunctionOfTwo function);  ///< ST(0) = function(ST(0), ST(1))
    void into_st1(FunctionOfTwo function);  ///< ST(1) = function(ST(1), ST(0)), and pops
    void change_sign(bool to_positive);
    void remainder_of_top(bool nearest);
    bool open_pair();
    void close_pair(const Extended& lower, const Extended& pushed, const X87Control& control);
    void extract_top();
    void trigonometric(Trigonometric which);
    void compare_with(const Operand& operand, bool quiet, unsigned pops);
    void compare_registers(unsigned position, bool quiet, unsigned pops);
    void fail_comparison(unsigned pops);
    std::uint32_t compare_to_flags(unsigned position, bool quiet, bool pops);
    void examine();

    // Groups of opcodes (x87_dispatch.cpp).
    void arithmetic_or_compare(unsigned digit, const Operand& operand);
    void arithmetic_to_register(unsigned digit, unsigned position, bool pops);
    void execute_d9(std::uint8_t modrm);
    void execute_d9_e0(std::uint8_t modrm);
    void execute_d9_f0(std::uint8_t modrm);
    void execute_d9_f8(std::uint8_t modrm);
    void execute_dd(unsigned digit, unsigned position);
    void execute_df(unsigned digit, unsigned position);
    void execute_db(unsigned digit, void* operand);
    void execute_df_memory(unsigned digit, void* operand);

    std::array<Extended, 8> registers_{};  ///< R0 to R7
    std::uint16_t control_ = 0x37f, status_ = 0;
    std::uint8_t used_ = 0;  ///< by register, not by position
};

}  // namespace calque::soft
