// The x87 unit in software: what each group of instructions does to the stack.
#include "cpu/portable/x87_transcendental.hpp"
#include "cpu/portable/x87_unit.hpp"

#include <cstring>

namespace calque::soft {

// Loads.

void X87Unit::push(const Extended& value) {
    set_c1(false);
    if (empty(7)) {
        move_top(7);
        set(0, value);
    } else if (stack_fault(true)) {
        move_top(7);
        set(0, Extended::indefinite());
    }
}

void X87Unit::load_operand(const Operand& operand) {
    if (!empty(7)) return push({});
    X87Control control(control_);
    Extended value = operand.value;
    settle_nan(operand.value, control, value);
    if (!finish(control)) return;
    push(value);
    if (operand.denormal) report(exception::denormal);
}

void X87Unit::load_register(unsigned position) {
    if (!empty(position)) return push(st(position));
    if (!stack_fault(false)) return;
    move_top(7);
    set(0, Extended::indefinite());
}

void X87Unit::constant(unsigned number) { push(load_constant(number, X87Control(control_).rounding)); }

// Stores.

template <typename Convert>
void X87Unit::store_value(void* operand, std::size_t size, bool pops, Convert convert) {
    X87Control control(control_);
    const bool missing = empty(0);
    if (missing && !stack_fault(false)) return;
    // What is stored for an empty register is what an unsupported value gives.
    const auto result = convert(missing ? Extended{0, 0x7fff} : st(0), control);
    if (!missing) {
        set_c1(control.up);
        report(control.raised);
    }
    if (!result.stored) return;
    std::memcpy(operand, &result.value, size);
    if (pops) pop();
}

template <std::unsigned_integral Bits>
void X87Unit::store_binary(void* operand, bool pops) {
    store_value(operand, sizeof(Bits), pops,
                [](const Extended& value, X87Control& control) { return to_binary<Bits>(value, control); });
}

void X87Unit::store_integer(void* operand, unsigned size, bool truncate, bool pops) {
    store_value(operand, size, pops, [&](const Extended& value, X87Control& control) {
        const auto result = to_integer(value, static_cast<int>(8 * size),
                                       truncate ? Rounding::zero : control.rounding, control);
        if (truncate) control.up = false;
        return result;
    });
}

void X87Unit::store_decimal(void* operand) { store_value(operand, sizeof(Decimal), true, to_decimal); }

void X87Unit::store_extended(void* operand) {
    set_c1(false);
    if (empty(0) && !stack_fault(false)) return;
    const Extended value = empty(0) ? Extended::indefinite() : st(0);
    std::memcpy(operand, &value.significand, 8);
    std::memcpy(static_cast<std::uint8_t*>(operand) + 8, &value.sign_exponent, 2);
    pop();
}

void X87Unit::copy_to(unsigned position, bool pops) {
    set_c1(false);
    if (empty(0) && !stack_fault(false)) return;
    set(position, empty(0) ? Extended::indefinite() : st(0));
    if (pops) pop();
}

/// FSTP in the encoding D9 D8+i moves an empty register without a fault.
void X87Unit::copy_to_unchecked(unsigned position) {
    if (!empty(0)) return copy_to(position, true);
    set_c1(false);
    pop();
}

void X87Unit::free(unsigned position) {
    set_c1(false);
    release(position);
}

// Moves between registers.

void X87Unit::exchange(unsigned position) {
    set_c1(false);
    const bool missing = empty(0) || empty(position);
    if (missing && !stack_fault(false)) return;
    const Extended first = empty(0) ? Extended::indefinite() : st(0);
    const Extended other = empty(position) ? Extended::indefinite() : st(position);
    set(0, other);
    set(position, first);
}

void X87Unit::move_if(bool condition, unsigned position) {
    if (empty(0) || empty(position)) {
        if (stack_fault(false)) set(0, Extended::indefinite());
    } else if (condition) {
        st(0) = st(position);
    }
}

// Arithmetic.

void X87Unit::arithmetic(Basic operation, unsigned destination, unsigned source, bool pops) {
    if (empty(destination) || empty(source)) {
        if (!stack_fault(false)) return;
        set(destination, Extended::indefinite());
    } else {
        X87Control control(control_);
        const Extended result = compute(operation, st(destination), st(source), control);
        if (!finish(control)) return;
        set(destination, result);
    }
    if (pops) pop();
}

void X87Unit::arithmetic(Basic operation, const Operand& operand) {
    if (empty(0)) {
        if (stack_fault(false)) set(0, Extended::indefinite());
        return;
    }
    X87Control control(control_);
    const Extended result = compute(operation, st(0), operand.value, control);
    note_denormal_operand(operand, control);
    if (finish(control)) set(0, result);
}

void X87Unit::note_denormal_operand(const Operand& operand, X87Control& control) {
    const bool settled = control.raised & (exception::invalid | exception::zero_divide);
    if (operand.denormal && !settled && !st(0).is_nan()) control.raised |= exception::denormal;
}

void X87Unit::unary(Extended (*function)(const Extended&, X87Control&)) {
    if (empty(0)) {
        if (stack_fault(false)) set(0, Extended::indefinite());
        return;
    }
    X87Control control(control_);
    const Extended result = function(st(0), control);
    if (finish(control)) set(0, result);
}

void X87Unit::with_st1(Extended (*function)(const Extended&, const Extended&, X87Control&)) {
    if (empty(0) || empty(1)) {
        if (stack_fault(false)) set(0, Extended::indefinite());
        return;
    }
    X87Control control(control_);
    const Extended result = function(st(0), st(1), control);
    if (finish(control)) set(0, result);
}

void X87Unit::into_st1(Extended (*function)(const Extended&, const Extended&, X87Control&)) {
    if (empty(0) || empty(1)) {
        if (!stack_fault(false)) return;
        set(1, Extended::indefinite());
    } else {
        X87Control control(control_);
        const Extended result = function(st(1), st(0), control);
        if (!finish(control)) return;
        set(1, result);
    }
    pop();
}

void X87Unit::change_sign(bool to_positive) {
    set_c1(false);
    if (empty(0)) {
        if (stack_fault(false)) set(0, Extended::indefinite());
        return;
    }
    if (!to_positive || st(0).sign()) st(0) = st(0).negated();
}

void X87Unit::remainder_of_top(bool nearest) {
    set_c2(false);
    if (empty(0) || empty(1)) {
        if (stack_fault(false)) set(0, Extended::indefinite());
        return;
    }
    X87Control control(control_);
    const Remainder result = remainder(st(0), st(1), nearest, control);
    if (!finish(control)) return;
    set(0, result.value);
    if (!result.computed) return;
    // C0, C3, C1 are bits 2, 1, 0 of the quotient.
    set_conditions((result.quotient & 2 ? 4U : 0U) | (result.partial ? 2U : 0U) | result.quotient >> 2);
    set_c1(result.quotient & 1);
}

// Instructions with two results, the second of which is pushed.

bool X87Unit::open_pair() {
    if (!empty(0) && empty(7)) return true;
    if (stack_fault(!empty(0))) {
        set(0, Extended::indefinite());
        move_top(7);
        set(0, Extended::indefinite());
    }
    return false;
}

void X87Unit::close_pair(const Extended& lower, const Extended& pushed, const X87Control& control) {
    if (!finish(control)) return;
    set(0, lower);
    move_top(7);
    set(0, pushed);
}

void X87Unit::extract_top() {
    if (!open_pair()) return;
    X87Control control(control_);
    const Parts parts = extract(st(0), control);
    close_pair(parts.exponent, parts.significand, control);
}

void X87Unit::trigonometric(Trigonometric which) {
    const bool pair = which == Trigonometric::sincos || which == Trigonometric::tan;
    set_c2(false);
    if (pair && !open_pair()) return;
    if (!empty(0) && !in_trigonometric_range(st(0))) {
        set_c1(false);
        return set_c2(true);
    }
    if (which == Trigonometric::sin) return unary(sine);
    if (which == Trigonometric::cos) return unary(cosine);
    X87Control control(control_), second(control_);
    if (which == Trigonometric::sincos) {
        const Extended lower = sine(st(0), second), pushed = cosine(st(0), control);
        control.raised |= second.raised;
        return close_pair(lower, pushed, control);
    }
    const Extended result = tangent(st(0), control);
    close_pair(result, result.is_nan() ? result : Extended::one(false), control);
}

// Comparison.

namespace {

/// C3, C2 and C0 (SDM vol. 1, "Setting of x87 FPU Condition Code Flags").
unsigned conditions_of(X87Order order) {
    switch (order) {
        case X87Order::greater: return 0;
        case X87Order::less: return 1;
        case X87Order::equal: return 4;
        default: return 7;
    }
}

}  // namespace

void X87Unit::compare_with(const Operand& operand, bool quiet, unsigned pops) {
    set_c1(false);
    if (empty(0)) return fail_comparison(pops);
    X87Control control(control_);
    const X87Order order = compare(st(0), operand.value, quiet, control);
    note_denormal_operand(operand, control);
    set_conditions(conditions_of(order));
    if (!finish(control)) return;
    while (pops-- > 0) pop();
}

void X87Unit::compare_registers(unsigned position, bool quiet, unsigned pops) {
    if (empty(0) || empty(position)) return fail_comparison(pops);
    compare_with({st(position), false}, quiet, pops);
}

void X87Unit::fail_comparison(unsigned pops) {
    set_conditions(conditions_of(X87Order::unordered));
    if (!stack_fault(false)) return;
    while (pops-- > 0) pop();
}

std::uint32_t X87Unit::compare_to_flags(unsigned position, bool quiet, bool pops) {
    X87Order order = X87Order::unordered;
    bool done;
    if (empty(0) || empty(position)) {
        done = stack_fault(false);
    } else {
        X87Control control(control_);
        order = compare(st(0), st(position), quiet, control);
        report(control.raised);
        done = !control.stops();
    }
    if (pops && done) pop();
    const unsigned conditions = conditions_of(order);
    return (conditions & 4 ? flag::zf : 0U) | (conditions & 2 ? flag::pf : 0U) |
           (conditions & 1 ? flag::cf : 0U);
}

void X87Unit::examine() {
    static constexpr std::uint8_t classes[]{4, 6, 2, 3, 1, 1, 0};  // by Kind
    set_c1(st(0).sign());
    set_conditions(empty(0) ? 5U : classes[static_cast<unsigned>(st(0).kind())]);
}

// The explicit instances that x87_dispatch.cpp uses.
template void X87Unit::store_binary<std::uint32_t>(void*, bool);
template void X87Unit::store_binary<std::uint64_t>(void*, bool);

}  // namespace calque::soft
