// Instructions that the host may lack: copied where it has them, called out where not, with the same results.
#include "cpu/host_features.hpp"

#include "cpu/instruction_table.hpp"
#include "tests/translator/comparison.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string_view>

// Not within calque: its names of the guest's registers are AsmJit's as well.
namespace {

using namespace asmjit::x86;
using namespace calque::test;
namespace feature = calque::feature;
using Code = asmjit::x86::Assembler;

constexpr std::uint32_t later_than_sse2 = feature::sse3 | feature::ssse3 | feature::sse41 | feature::sse42 |
                                          feature::popcnt | feature::movbe | feature::aes |
                                          feature::pclmulqdq | feature::sha;

/// While it lives the host has not got some features.
class LesserHost {
public:
    explicit LesserHost(std::uint32_t missing) { calque::host_features &= ~missing; }
    ~LesserHost() { calque::host_features = all_; }
    LesserHost(const LesserHost&) = delete;
    LesserHost& operator=(const LesserHost&) = delete;

private:
    std::uint32_t all_ = calque::host_features;
};

constexpr unsigned repetitions = 20;

/// One instruction of each feature, and some that report or have implicit operands.
void use_all(Code& a) {
    const auto again = a.newLabel();
    a.mov(ebx, FlatMachine::data_base);
    a.mov(esi, 0x8123'4567);
    a.mov(edi, repetitions);
    a.bind(again);
    a.movbe(dword_ptr(ebx, 4), esi);
    a.popcnt(ebp, esi);
    a.crc32(esi, ebp);
    a.mov(dword_ptr(ebx, 8), esi);
    a.movaps(xmm1, xmmword_ptr(ebx));
    a.movddup(xmm2, xmm1);
    a.pshufb(xmm1, xmm2);
    a.pmulld(xmm2, xmm1);
    a.roundps(xmm3, xmm2, 0);
    a.dpps(xmm3, xmm1, 0xf5);
    a.mov(eax, 5);
    a.mov(edx, 9);
    a.pcmpestri(xmm2, xmmword_ptr(ebx, 4), 0x0c);
    a.add(esi, ecx);
    a.pcmpistrm(xmm1, xmm2, 0x40);
    a.movups(xmmword_ptr(ebx, 32), xmm0);
    a.aesenc(xmm2, xmm3);
    a.aeskeygenassist(xmm4, xmm2, 0x36);
    a.pclmulqdq(xmm4, xmm1, 0x10);
    a.sha256rnds2(xmm4, xmm2);
    a.sha1rnds4(xmm2, xmm4, 2);
    a.movups(xmmword_ptr(ebx, 48), xmm2);
    a.dec(edi);
    a.jnz(again);
    a.hlt();
}

std::uint64_t times_called_out(const calque::TranslatorStatistics& statistics, std::string_view name) {
    using Callouts = calque::TranslatorStatistics::Callouts;
    const auto found = std::ranges::find(statistics.called_out, name, &Callouts::name);
    return found == statistics.called_out.end() ? 0 : found->count;
}

constexpr std::array<std::string_view, 15> names{
    "aesenc",  "aeskeygenassist", "pclmulqdq", "sha256rnds2", "sha1rnds4", "movbe",     "popcnt",   "crc32",
    "movddup", "pshufb",          "pmulld",    "roundps",     "dpps",      "pcmpestri", "pcmpistrm"};

TEST_CASE("what the host has is copied") {
    if (!calque::host_has(later_than_sse2)) return;
    const auto statistics = compare_engines(use_all);
    // The first access to a page is called out whatever it is.
    for (const std::string_view name : names) CHECK_MESSAGE(times_called_out(statistics, name) <= 1, name);
}

TEST_CASE("what the host lacks is called out, and computed") {
    ComparedMachine rich, poor;
    const auto run = [](ComparedMachine& machine) {
        machine.assemble(use_all);
        machine.run(100'000);
        return registers(machine);
    };
    const std::string expected = run(rich);
    const LesserHost lesser(later_than_sse2);
    CHECK(run(poor) == expected);
    const auto statistics = compare_engines(use_all);
    for (const std::string_view name : names)
        CHECK_MESSAGE(times_called_out(statistics, name) == repetitions, name);
}

}  // namespace
