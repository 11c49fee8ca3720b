// Named rules for the 80286 vectors.
#include "frontend/vectors/vector_rules.hpp"

#include "cpu/instruction_table.hpp"
#include "cpu/state.hpp"

#include <algorithm>
#include <array>

namespace calque {
namespace {

bool is_prefix(std::uint8_t byte) {
    constexpr std::array<std::uint8_t, 7> prefixes{0xf0, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e};
    return std::ranges::find(prefixes, byte) != prefixes.end();
}

std::size_t prefix_count(const MooTest& test) {
    return static_cast<std::size_t>(std::ranges::find_if_not(test.bytes, is_prefix) - test.bytes.begin());
}

bool has_lock(const MooTest& test) {
    const auto end = test.bytes.begin() + static_cast<std::ptrdiff_t>(prefix_count(test));
    return std::find(test.bytes.begin(), end, 0xf0) != end;
}

std::uint8_t opcode(const MooTest& test) {
    const std::size_t first = prefix_count(test);
    return first < test.bytes.size() ? test.bytes[first] : 0;
}

constexpr std::array rules{
    VectorRule{"lock", "the 386 and later raise #UD for LOCK before an instruction that may not be locked (SDM vol. 2A, \"LOCK\")",
               [](const MooTest& test, const VectorDifference& difference) {
                   return has_lock(test) && difference.exception_taken &&
                          difference.vector == static_cast<std::uint8_t>(Vector::ud);
               }},
    VectorRule{"flags-12-15", "the 386 and later let real mode change NT and IOPL (SDM vol. 3B, \"Architecture Compatibility\", FLAGS)",
               [](const MooTest&, const VectorDifference& difference) { return difference.only_flags_12_to_15; }},
    VectorRule{"length", "the 286 refuses instructions longer than 10 bytes, later processors longer than 15 (SDM vol. 3B, "
                         "\"Architecture Compatibility\", instruction length)",
               [](const MooTest& test, const VectorDifference&) { return test.exception && test.bytes.size() > 11; }},
    VectorRule{"later-opcode", "forms that raise #UD on the 286 and that later processors define: FS and GS (SDM vol. 3B, \"Architecture "
                               "Compatibility\", segment registers)",
               [](const MooTest& test, const VectorDifference& difference) {
                   const std::uint8_t op = opcode(test);
                   return test.exception == static_cast<std::uint8_t>(Vector::ud) && !difference.exception_taken &&
                          (op == 0x8c || op == 0x8e);
               }},
};

}  // namespace

std::span<const VectorRule> vector_rules() { return rules; }

std::uint16_t defined_flags(const MooTest& test) {
    const std::size_t first = prefix_count(test);
    const std::uint8_t op = opcode(test);
    const std::uint8_t modrm = first + 1 < test.bytes.size() ? test.bytes[first + 1] : 0;
    const int row = find_row(OpcodeMap::one_byte, op, modrm, Mandatory::none);
    if (row < 0) return 0xffff;
    std::uint32_t undefined = instruction_table()[static_cast<std::size_t>(row)].flags.undefined;
    const bool by_cl = op == 0xd2 || op == 0xd3, by_immediate = op == 0xc0 || op == 0xc1;
    const bool by_one = op == 0xd0 || op == 0xd1;
    if (by_cl || by_immediate || by_one) {
        const unsigned cl = test.before[static_cast<unsigned>(MooRegister::cx)] & 31U;
        const unsigned count = by_one ? 1 : by_cl ? cl : test.bytes[test.bytes.size() - 2] & 31U;
        if (count == 0) undefined = 0;                  // nothing changes
        if (count == 1) undefined &= ~flag::of;         // OF is defined for a count of one
    }
    return static_cast<std::uint16_t>(~undefined);
}

}  // namespace calque
