// Unmasked overflow and underflow of SSE arithmetic: what else is reported then.
//
// With a masked response the precision flag speaks of the delivered result (an infinity, a denormal); with an
// unmasked one, of the result rounded as if the exponent had no bounds (SDM vol. 1, "Numeric Overflow
// Exception").
#include "cpu/fpu.hpp"
#include "cpu/host_x87.hpp"
#include "cpu/instructions/sse.hpp"

namespace calque {
namespace {

/// One element's operation, as the scalar instruction that does it. Singles are held as doubles.
struct Element {
    std::uint8_t opcode = 0;
    double left = 0, right = 0;
};

template <typename T>
T lane(const Xmm& value, unsigned number) {
    T result;
    std::memcpy(&result, value.bytes.data() + number * sizeof(T), sizeof(T));
    return result;
}

constexpr std::uint8_t add = 0x58, multiply = 0x59, convert = 0x5a, subtract = 0x5c, divide = 0x5e;
constexpr std::uint8_t horizontal_add = 0x7c, horizontal_subtract = 0x7d, add_subtract = 0xd0;

template <typename T>
Element element_of(std::uint8_t opcode, const Xmm& left, const Xmm& right, unsigned number) {
    if (opcode == convert) return {convert, lane<double>(right, number), 0};
    if (opcode == horizontal_add || opcode == horizontal_subtract) {
        constexpr unsigned half = 8 / sizeof(T);
        const Xmm& both = number < half ? left : right;
        const unsigned first = number % half * 2;
        return {opcode == horizontal_add ? add : subtract, lane<T>(both, first), lane<T>(both, first + 1)};
    }
    const std::uint8_t scalar = opcode != add_subtract ? opcode : number % 2 ? add : subtract;
    return {scalar, lane<T>(left, number), lane<T>(right, number)};
}

template <Mandatory mandatory, typename T>
std::uint32_t scalar_flags(const Element& element, std::uint32_t control) {
    const T left = static_cast<T>(element.left), right = static_cast<T>(element.right);
    Xmm destination{};
    alignas(16) std::array<T, 2> source{right};
    std::memcpy(destination.bytes.data(), &left, sizeof(T));
    switch (element.opcode) {
        case add: return host_sse::apply_reporting<mandatory, add>(destination, &source, control);
        case multiply: return host_sse::apply_reporting<mandatory, multiply>(destination, &source, control);
        case subtract: return host_sse::apply_reporting<mandatory, subtract>(destination, &source, control);
        default: return host_sse::apply_reporting<mandatory, divide>(destination, &source, control);
    }
}

std::uint32_t element_flags(const Element& element, bool single, std::uint32_t control) {
    if (element.opcode == convert) {
        Xmm destination{};
        return host_sse::apply_reporting<Mandatory::pf2, convert>(destination, &element.left, control);
    }
    return single ? scalar_flags<Mandatory::pf3, float>(element, control)
                  : scalar_flags<Mandatory::pf2, double>(element, control);
}

/// The x87 operation with the same rounding but 15 bits of exponent: 0 add, 1 multiply, 4 subtract, 6 divide.
bool inexact_without_bounds(const Element& element, bool single, std::uint32_t control) {
    const unsigned digit = element.opcode == add        ? 0
                           : element.opcode == subtract ? 4
                           : element.opcode == divide   ? 6
                                                        : 1;
    double left = element.left, right = element.opcode == convert ? 1 : element.right;
    const unsigned rounding = control >> 13 & 3;
    host_x87::set_control(static_cast<std::uint16_t>(rounding << 10 | (single ? 0x07f : 0x27f)));
    host_x87::execute(0xdd, 0, &left);
    host_x87::execute(0xdc, digit, &right);
    const bool inexact = host_x87::status() & x87::precision;
    host_x87::initialize();
    return inexact;
}

unsigned element_count(Result result, std::uint8_t opcode) {
    switch (result) {
        case Result::packed_single: return opcode == convert ? 2 : 4;
        case Result::packed_double: return 2;
        default: return 1;
    }
}

}  // namespace

std::uint32_t correct_precision(Cpu& cpu, std::uint8_t opcode, Result result, const Xmm& left,
                                const Xmm& right, std::uint32_t raised) {
    const bool single = result == Result::scalar_single || result == Result::packed_single;
    const std::uint32_t control = sse_control(cpu);
    const std::uint32_t unmasked = ~(cpu.state.fpu.mxcsr >> 7) & (mxcsr::overflow | mxcsr::underflow);
    cpu.fpu.release(cpu.state.fpu);
    raised &= ~mxcsr::precision;
    for (unsigned i = 0; i < element_count(result, opcode); ++i) {
        const Element element =
            single ? element_of<float>(opcode, left, right, i) : element_of<double>(opcode, left, right, i);
        const std::uint32_t flags = element_flags(element, single, control);
        const bool precise = flags & unmasked ? !inexact_without_bounds(element, single, control)
                                              : !(flags & mxcsr::precision);
        if (!precise) raised |= mxcsr::precision;
    }
    return raised;
}

}  // namespace calque
