// The portable SSE unit against the host's: every form, bit for bit, with all flags; estimates within their
// documented error.
#include "tests/cpu/portable_sse.hpp"

#include "cpu/host_sse.hpp"
#include "cpu/instructions/packed_integer.hpp"
#include "cpu/portable/sse_unit.hpp"

#include <cmath>
#include <cstring>
#include <utility>

namespace calque::test {
namespace {

using enum Mandatory;

template <Mandatory mandatory, std::uint8_t opcode>
void reporting(const char* name) {
    compare_units(
        name,
        [](Trial& t) {
            t.raised = host_sse::apply_reporting<mandatory, opcode>(t.destination, &t.source, t.mxcsr);
        },
        [](Trial& t) {
            t.raised = soft::sse_reporting(mandatory, opcode, t.destination, &t.source, t.mxcsr);
        },
        opcode);
}
template <std::uint8_t opcode>
void arithmetic(const char* name) {
    reporting<none, opcode>(name);
    reporting<p66, opcode>(name);
    reporting<pf3, opcode>(name);
    reporting<pf2, opcode>(name);
}

template <Mandatory mandatory, std::uint8_t opcode>
void plain(const char* name) {
    compare_units(
        name, [](Trial& t) { host_sse::apply<mandatory, opcode>(t.destination, &t.source); },
        [](Trial& t) { soft::sse_plain(mandatory, opcode, t.destination, &t.source); }, opcode);
}

template <Mandatory mandatory, std::uint8_t predicate>
void comparison() {
    compare_units(
        "cmp",
        [](Trial& t) {
            t.raised = host_sse::compare<mandatory, predicate>(t.destination, &t.source, t.mxcsr);
        },
        [](Trial& t) {
            t.raised = soft::sse_compare(mandatory, predicate, t.destination, &t.source, t.mxcsr);
        },
        predicate);
}
template <Mandatory mandatory, std::size_t... predicate>
void comparisons(std::index_sequence<predicate...>) {
    (comparison<mandatory, predicate>(), ...);
}

template <Mandatory mandatory, std::uint8_t opcode>
void ordered(const char* name) {
    compare_units(
        name,
        [](Trial& t) {
            t.raised =
                host_sse::compare_ordered<mandatory, opcode>(t.destination, &t.source, t.mxcsr, t.value);
        },
        [](Trial& t) {
            t.raised =
                soft::sse_compare_ordered(mandatory, opcode, t.destination, &t.source, t.mxcsr, t.value);
        },
        opcode);
}
template <Mandatory mandatory, std::uint8_t opcode>
void conversion(const char* name) {
    compare_units(
        name, [](Trial& t) { t.raised = host_sse::convert<mandatory, opcode>(t.value, &t.source, t.mxcsr); },
        [](Trial& t) { t.raised = soft::sse_convert(mandatory, opcode, t.value, &t.source, t.mxcsr); },
        opcode);
}

template <std::size_t... index>
void packed(std::index_sequence<index...>) {
    (plain<p66, packed_integers[index].opcode>(packed_integers[index].name), ...);
}

/// The relative error of an estimate: SDM vol. 2B, "RCPPS", "RSQRTPS".
constexpr double documented_error = 1.5 / 4096;

template <std::uint8_t opcode>
void estimate(double (*exact)(double)) {
    Random random(opcode);
    for (unsigned i = 0; i < 25 * attempts; ++i) {
        const std::uint32_t bits = random();
        float operand, result;
        std::memcpy(&operand, &bits, sizeof(bits));
        Trial trial, on_host;
        std::memcpy(trial.source.bytes.data(), &bits, sizeof(bits));
        on_host = trial;
        soft::sse_plain(pf3, opcode, trial.destination, &trial.source);
        std::memcpy(&result, trial.destination.bytes.data(), sizeof(result));
        if (std::isnormal(operand) && std::isnormal(result)) {
            CHECK_LE(std::fabs(result / exact(operand) - 1), documented_error);
        } else if (!std::isnormal(operand)) {
            host_sse::apply<pf3, opcode>(on_host.destination, &on_host.source);
            CHECK_EQ(on_host.destination.bytes, trial.destination.bytes);
        }
    }
}

}  // namespace

TEST_CASE("portable sse arithmetic as the host's") {
    arithmetic<0x51>("sqrt");
    arithmetic<0x58>("add");
    arithmetic<0x59>("mul");
    arithmetic<0x5c>("sub");
    arithmetic<0x5d>("min");
    arithmetic<0x5e>("div");
    arithmetic<0x5f>("max");
    reporting<p66, 0xd0>("addsubpd");
    reporting<pf2, 0xd0>("addsubps");
    reporting<p66, 0x7c>("haddpd");
    reporting<pf2, 0x7c>("haddps");
    reporting<p66, 0x7d>("hsubpd");
    reporting<pf2, 0x7d>("hsubps");
}

TEST_CASE("portable sse comparisons as the host's") {
    comparisons<none>(std::make_index_sequence<8>{});
    comparisons<p66>(std::make_index_sequence<8>{});
    comparisons<pf3>(std::make_index_sequence<8>{});
    comparisons<pf2>(std::make_index_sequence<8>{});
    ordered<none, 0x2e>("ucomiss");
    ordered<p66, 0x2e>("ucomisd");
    ordered<none, 0x2f>("comiss");
    ordered<p66, 0x2f>("comisd");
}

TEST_CASE("portable sse conversions as the host's") {
    arithmetic<0x5a>("cvt between formats");
    reporting<none, 0x5b>("cvtdq2ps");
    reporting<p66, 0x5b>("cvtps2dq");
    reporting<pf3, 0x5b>("cvttps2dq");
    reporting<p66, 0xe6>("cvttpd2dq");
    reporting<pf2, 0xe6>("cvtpd2dq");
    arithmetic<0x2a>("cvt from integers");
    conversion<pf3, 0x2c>("cvttss2si");
    conversion<pf2, 0x2c>("cvttsd2si");
    conversion<pf3, 0x2d>("cvtss2si");
    conversion<pf2, 0x2d>("cvtsd2si");
    plain<pf3, 0xe6>("cvtdq2pd");
}

TEST_CASE("portable packed integers, logic and shuffles as the host's") {
    packed(std::make_index_sequence<packed_integers.size()>{});
    plain<p66, 0x6c>("punpcklqdq");
    plain<p66, 0x6d>("punpckhqdq");
    plain<none, 0x14>("unpcklps");
    plain<p66, 0x14>("unpcklpd");
    plain<none, 0x15>("unpckhps");
    plain<p66, 0x15>("unpckhpd");
    plain<none, 0x54>("andps");
    plain<none, 0x55>("andnps");
    plain<none, 0x56>("orps");
    plain<none, 0x57>("xorps");
    plain<pf3, 0x12>("movsldup");
    plain<pf3, 0x16>("movshdup");
    plain<pf2, 0x12>("movddup");
}

TEST_CASE("portable estimates are within the documented error") {
    estimate<0x53>([](double x) { return 1 / x; });
    estimate<0x52>([](double x) { return 1 / std::sqrt(x); });
}

}  // namespace calque::test
