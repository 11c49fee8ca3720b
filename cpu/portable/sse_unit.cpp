// SSE instructions in software: which elements an instruction combines.
#include "cpu/portable/sse_unit.hpp"

#include "cpu/portable/packed_integer.hpp"
#include "cpu/portable/sse_element.hpp"

#include <array>
#include <concepts>
#include <cstring>
#include <span>

namespace calque::soft {
namespace {

template <typename T>
T lane(const void* from, unsigned number) {
    T value;
    std::memcpy(&value, static_cast<const std::uint8_t*>(from) + number * sizeof(T), sizeof(T));
    return value;
}
template <typename T>
void set_lane(Xmm& to, unsigned number, T value) {
    std::memcpy(to.bytes.data() + number * sizeof(T), &value, sizeof(T));
}

bool is_double(Mandatory mandatory) { return mandatory == Mandatory::p66 || mandatory == Mandatory::pf2; }
bool is_scalar(Mandatory mandatory) { return mandatory == Mandatory::pf3 || mandatory == Mandatory::pf2; }

template <std::unsigned_integral Bits>
unsigned lane_count(Mandatory mandatory) {
    return is_scalar(mandatory) ? 1 : 16 / sizeof(Bits);
}

template <std::unsigned_integral Bits>
void arithmetic(Mandatory mandatory, std::uint8_t opcode, Xmm& to, const void* from, SseControl& control) {
    const auto operation = static_cast<Operation>(opcode);
    for (unsigned i = 0; i < lane_count<Bits>(mandatory); ++i)
        set_lane(to, i, compute(operation, lane<Bits>(&to, i), lane<Bits>(from, i), control));
}

/// HADDPS, HSUBPS and their kind: neighbours of the destination, then of the source.
template <std::unsigned_integral Bits>
void horizontal(Operation operation, Xmm& to, const void* from, SseControl& control) {
    constexpr unsigned half = 8 / sizeof(Bits);
    Xmm result;
    for (unsigned i = 0; i < 2 * half; ++i) {
        const void* both = i < half ? &to : from;
        const unsigned first = i % half * 2;
        set_lane(result, i,
                 compute(operation, lane<Bits>(both, first), lane<Bits>(both, first + 1), control));
    }
    to = result;
}

template <std::unsigned_integral Bits>
void add_subtract(Xmm& to, const void* from, SseControl& control) {
    for (unsigned i = 0; i < 16 / sizeof(Bits); ++i) {
        const auto operation = i % 2 ? Operation::add : Operation::subtract;
        set_lane(to, i, compute(operation, lane<Bits>(&to, i), lane<Bits>(from, i), control));
    }
}

template <std::unsigned_integral Bits>
void by_format(Mandatory mandatory, std::uint8_t opcode, Xmm& to, const void* from, SseControl& control) {
    switch (opcode) {
        case 0x7c: return horizontal<Bits>(Operation::add, to, from, control);
        case 0x7d: return horizontal<Bits>(Operation::subtract, to, from, control);
        case 0xd0: return add_subtract<Bits>(to, from, control);
        default: return arithmetic<Bits>(mandatory, opcode, to, from, control);
    }
}

/// 5A: between the formats.
void convert_format(Mandatory mandatory, Xmm& to, const void* from, SseControl& control) {
    Xmm result = is_scalar(mandatory) ? to : Xmm{};
    for (unsigned i = 0; i < (is_scalar(mandatory) ? 1U : 2U); ++i) {
        if (is_double(mandatory))
            set_lane(result, i, convert<std::uint32_t>(lane<std::uint64_t>(from, i), control));
        else
            set_lane(result, i, convert<std::uint64_t>(lane<std::uint32_t>(from, i), control));
    }
    to = result;
}

/// 2A: from doublewords, two for the forms with an MMX source.
void convert_from_integers(Mandatory mandatory, Xmm& to, const void* from, SseControl& control) {
    const std::array source{lane<std::uint32_t>(from, 0),
                            is_scalar(mandatory) ? 0 : lane<std::uint32_t>(from, 1)};
    for (unsigned i = 0; i < (is_scalar(mandatory) ? 1U : 2U); ++i) {
        if (is_double(mandatory))
            set_lane(to, i, from_int32<std::uint64_t>(source[i], control));
        else
            set_lane(to, i, from_int32<std::uint32_t>(source[i], control));
    }
}

/// 5B: four elements between singles and doublewords; none CVTDQ2PS, 66 CVTPS2DQ, F3 CVTTPS2DQ.
void convert_singles(Mandatory mandatory, Xmm& to, const void* from, SseControl& control) {
    for (unsigned i = 0; i < 4; ++i) {
        const auto value = lane<std::uint32_t>(from, i);
        set_lane(to, i,
                 mandatory == Mandatory::none ? from_int32<std::uint32_t>(value, control)
                                              : to_int32(value, mandatory == Mandatory::pf3, control));
    }
}

/// E6: two doubles to doublewords; 66 CVTTPD2DQ, F2 CVTPD2DQ.
void convert_doubles(Mandatory mandatory, Xmm& to, const void* from, SseControl& control) {
    Xmm result{};
    for (unsigned i = 0; i < 2; ++i)
        set_lane(result, i, to_int32(lane<std::uint64_t>(from, i), mandatory == Mandatory::p66, control));
    to = result;
}

void estimate(Mandatory mandatory, std::uint8_t opcode, Xmm& to, const void* from) {
    for (unsigned i = 0; i < lane_count<std::uint32_t>(mandatory); ++i) {
        const auto value = lane<std::uint32_t>(from, i);
        set_lane(to, i, opcode == 0x52 ? reciprocal_square_root(value) : reciprocal(value));
    }
}

/// MOVSLDUP (F3 12), MOVSHDUP (F3 16), MOVDDUP (F2 12).
void duplicate(Mandatory mandatory, std::uint8_t opcode, Xmm& to, const void* from) {
    Xmm result;
    if (mandatory == Mandatory::pf2) {
        set_lane(result, 0, lane<std::uint64_t>(from, 0));
        set_lane(result, 1, lane<std::uint64_t>(from, 0));
    } else {
        const unsigned odd = opcode == 0x16;
        for (unsigned i = 0; i < 4; ++i) set_lane(result, i, lane<std::uint32_t>(from, (i & 2) | odd));
    }
    to = result;
}

void doublewords_to_doubles(Xmm& to, const void* from) {
    SseControl control(0);  // exact
    const std::array source{lane<std::uint32_t>(from, 0), lane<std::uint32_t>(from, 1)};
    for (unsigned i = 0; i < 2; ++i) set_lane(to, i, from_int32<std::uint64_t>(source[i], control));
}

/// ANDPS, ANDNPS, ORPS and XORPS are PAND, PANDN, POR and PXOR.
std::uint8_t integer_twin(std::uint8_t opcode) {
    static constexpr std::array<std::uint8_t, 4> twins{0xdb, 0xdf, 0xeb, 0xef};
    return opcode >= 0x54 && opcode <= 0x57 ? twins[opcode & 3] : opcode;
}

}  // namespace

void sse_plain(Mandatory mandatory, std::uint8_t opcode, Xmm& to, const void* source) {
    switch (opcode) {
        case 0x52:
        case 0x53: return estimate(mandatory, opcode, to, source);
        case 0x12:
        case 0x16: return duplicate(mandatory, opcode, to, source);
        case 0xe6: return doublewords_to_doubles(to, source);
        default: break;
    }
    const std::span<const std::uint8_t> bytes(static_cast<const std::uint8_t*>(source), to.bytes.size());
    if (opcode == 0x14 || opcode == 0x15)
        interleave(to.bytes, bytes, is_double(mandatory) ? 8 : 4, opcode == 0x15);
    else
        packed_integer(integer_twin(opcode), to.bytes, bytes);
}

std::uint32_t sse_reporting(Mandatory mandatory, std::uint8_t opcode, Xmm& to, const void* source,
                            std::uint32_t mxcsr) {
    SseControl control(mxcsr);
    switch (opcode) {
        case 0x2a: convert_from_integers(mandatory, to, source, control); break;
        case 0x5a: convert_format(mandatory, to, source, control); break;
        case 0x5b: convert_singles(mandatory, to, source, control); break;
        case 0xe6: convert_doubles(mandatory, to, source, control); break;
        case 0x7c:
        case 0x7d:
        case 0xd0:
            // Singles have F2 here, and both are packed.
            if (mandatory == Mandatory::p66)
                by_format<std::uint64_t>(Mandatory::p66, opcode, to, source, control);
            else
                by_format<std::uint32_t>(Mandatory::none, opcode, to, source, control);
            break;
        default:
            if (is_double(mandatory))
                by_format<std::uint64_t>(mandatory, opcode, to, source, control);
            else
                by_format<std::uint32_t>(mandatory, opcode, to, source, control);
    }
    return control.raised;
}

namespace {

template <std::unsigned_integral Bits>
void round_lanes(unsigned count, Rounding rounding, Xmm& to, const void* from, SseControl& control) {
    for (unsigned i = 0; i < count; ++i)
        set_lane(to, i, round_to_integral(lane<Bits>(from, i), rounding, control));
}

}  // namespace

std::uint32_t sse_round(std::uint8_t opcode, unsigned mode, Xmm& to, const void* source,
                        std::uint32_t mxcsr) {
    constexpr unsigned by_mxcsr = 4, precision_suppressed = 8;
    SseControl control(mxcsr);
    const Rounding rounding = mode & by_mxcsr ? control.rounding : static_cast<Rounding>(mode & 3);
    const bool scalar = opcode & 2;
    if (opcode & 1)
        round_lanes<std::uint64_t>(scalar ? 1 : 2, rounding, to, source, control);
    else
        round_lanes<std::uint32_t>(scalar ? 1 : 4, rounding, to, source, control);
    return mode & precision_suppressed ? control.raised & ~exception::precision : control.raised;
}

namespace {

template <std::unsigned_integral Bits>
void compare_lanes(Mandatory mandatory, unsigned predicate, Xmm& to, const void* from, SseControl& control) {
    for (unsigned i = 0; i < lane_count<Bits>(mandatory); ++i) {
        const bool result = holds(predicate, lane<Bits>(&to, i), lane<Bits>(from, i), control);
        set_lane(to, i, result ? ~Bits{0} : Bits{0});
    }
}

}  // namespace

std::uint32_t sse_compare(Mandatory mandatory, unsigned predicate, Xmm& to, const void* source,
                          std::uint32_t mxcsr) {
    SseControl control(mxcsr);
    if (is_double(mandatory))
        compare_lanes<std::uint64_t>(mandatory, predicate, to, source, control);
    else
        compare_lanes<std::uint32_t>(mandatory, predicate, to, source, control);
    return control.raised;
}

std::uint32_t sse_compare_ordered(Mandatory mandatory, std::uint8_t opcode, const Xmm& left,
                                  const void* source, std::uint32_t mxcsr, std::uint32_t& flags) {
    SseControl control(mxcsr);
    const bool signaling = opcode == 0x2f;
    const Order order =
        is_double(mandatory)
            ? compare(lane<std::uint64_t>(&left, 0), lane<std::uint64_t>(source, 0), signaling, control)
            : compare(lane<std::uint32_t>(&left, 0), lane<std::uint32_t>(source, 0), signaling, control);
    switch (order) {
        case Order::less: flags = flag::cf; break;
        case Order::equal: flags = flag::zf; break;
        case Order::greater: flags = 0; break;
        default: flags = flag::zf | flag::pf | flag::cf;
    }
    return control.raised;
}

std::uint32_t sse_convert(Mandatory mandatory, std::uint8_t opcode, std::uint32_t& result, const void* source,
                          std::uint32_t mxcsr) {
    SseControl control(mxcsr);
    const bool truncate = opcode == 0x2c;
    result = is_double(mandatory) ? to_int32(lane<std::uint64_t>(source, 0), truncate, control)
                                  : to_int32(lane<std::uint32_t>(source, 0), truncate, control);
    return control.raised;
}

}  // namespace calque::soft
