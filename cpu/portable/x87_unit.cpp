// The x87 unit in software: state, stack, exceptions, MMX registers.
#include "cpu/portable/x87_unit.hpp"

#include "cpu/fpu.hpp"
#include "cpu/portable/packed_integer.hpp"

#include <cstring>
#include <span>

namespace calque::soft {
namespace {

constexpr std::uint16_t top_field = 7U << 11, c0 = 1U << 8, c1 = 1U << 9, c2 = 1U << 10, c3 = 1U << 14;
constexpr std::uint16_t stack_fault_flag = 0x40;
/// FLDCW keeps the reserved bits of the control word as they are after FNINIT.
constexpr std::uint16_t control_bits = 0x1f3f, control_ones = 0x40;

constexpr std::uint16_t with(std::uint16_t word, std::uint16_t mask, unsigned bits) {
    return static_cast<std::uint16_t>((word & ~mask) | (bits & mask));
}

}  // namespace

void X87Unit::load(const FpuArea& area) {
    control_ = with(control_ones, control_bits, area.fcw);
    status_ = area.fsw;
    used_ = area.ftw;
    for (unsigned i = 0; i < 8; ++i) {
        std::memcpy(&st(i).significand, area.st[i].bytes.data(), 8);
        std::memcpy(&st(i).sign_exponent, area.st[i].bytes.data() + 8, 2);
    }
    report(0);
}

void X87Unit::store(FpuArea& area) const {
    area.fcw = control_;
    area.fsw = status_;
    area.ftw = used_;
    for (unsigned i = 0; i < 8; ++i) {
        const Extended& value = registers_[physical(i)];
        area.st[i] = {};
        std::memcpy(area.st[i].bytes.data(), &value.significand, 8);
        std::memcpy(area.st[i].bytes.data() + 8, &value.sign_exponent, 2);
    }
}

void X87Unit::set_control(std::uint16_t value) {
    control_ = with(control_ones, control_bits, value);
    report(0);
}

void X87Unit::initialize() {
    control_ = x87::initial_control;
    status_ = 0;
    used_ = 0;
}

void X87Unit::clear_exceptions() {
    status_ = with(status_, x87::exceptions | stack_fault_flag | x87::error_summary | x87::busy, 0);
}

void X87Unit::set(unsigned position, const Extended& value) {
    st(position) = value;
    used_ = static_cast<std::uint8_t>(used_ | 1U << physical(position));
}

void X87Unit::release(unsigned position) {
    used_ = static_cast<std::uint8_t>(used_ & ~(1U << physical(position)));
}

void X87Unit::move_top(unsigned by) { status_ = with(status_, top_field, (top() + by) << 11); }

void X87Unit::pop() {
    release(0);
    move_top(1);
}

void X87Unit::set_c1(bool value) { status_ = with(status_, c1, value ? c1 : 0U); }

void X87Unit::set_conditions(unsigned c3_c2_c0) {
    const unsigned bits = (c3_c2_c0 & 4 ? c3 : 0U) | (c3_c2_c0 & 2 ? c2 : 0U) | (c3_c2_c0 & 1 ? c0 : 0U);
    status_ = with(status_, c3 | c2 | c0, bits);
}

void X87Unit::set_c2(bool value) { status_ = with(status_, c2, value ? c2 : 0U); }

void X87Unit::report(unsigned exceptions) {
    status_ = static_cast<std::uint16_t>(status_ | exceptions);
    const bool error = status_ & ~control_ & x87::exceptions;
    constexpr std::uint16_t summary = x87::error_summary | x87::busy;
    status_ = with(status_, summary, error ? summary : 0U);
}

bool X87Unit::stack_fault(bool overflow) {
    set_c1(overflow);
    report(exception::invalid | stack_fault_flag);
    return control_ & exception::invalid;
}

bool X87Unit::finish(const X87Control& control) {
    constexpr unsigned before = exception::invalid | exception::denormal | exception::zero_divide;
    const bool stops = control.stops();
    set_c1(control.up && !stops);
    report(stops ? control.raised & before : control.raised);
    return !stops;
}

void X87Unit::enter_mmx() {
    // The registers stay where they are.
    status_ = with(status_, top_field, 0);
    used_ = 0xff;
}

std::uint64_t X87Unit::read_mm(unsigned number) {
    enter_mmx();
    return registers_[number].significand;
}

void X87Unit::write_mm(unsigned number, std::uint64_t value) {
    enter_mmx();
    registers_[number] = {value, 0xffff};
}

void X87Unit::mmx(std::uint8_t opcode, unsigned number, const void* source) {
    std::array<std::uint8_t, 8> destination, operand;
    const std::uint64_t old = read_mm(number);
    std::memcpy(destination.data(), &old, sizeof(old));
    std::memcpy(operand.data(), source, sizeof(operand));
    packed_integer(opcode, destination, operand);
    std::uint64_t result;
    std::memcpy(&result, destination.data(), sizeof(result));
    write_mm(number, result);
}

void X87Unit::empty_mm() {
    enter_mmx();
    used_ = 0;
}

}  // namespace calque::soft
