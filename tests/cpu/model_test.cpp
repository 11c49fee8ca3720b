// What CPUID promises is what the instruction table has.
#include "cpu/model.hpp"

#include "cpu/instruction_table.hpp"

#include <doctest/doctest.h>

namespace calque::test {
namespace {

/// Bits of CPUID.1:ECX.
constexpr std::uint32_t sse3 = 1U << 0, ssse3 = 1U << 9, sse41 = 1U << 19, sse42 = 1U << 20, movbe = 1U << 22,
                        pclmulqdq = 1U << 1, aes = 1U << 25, popcnt = 1U << 23, rdrand = 1U << 30;
/// Of CPUID.7:EBX.
constexpr std::uint32_t fdp_with_exception_only = 1U << 6, rdseed = 1U << 18, sha = 1U << 29;

std::uint32_t leaf1_ecx(const char* model) { return find_cpu_model(model)->cpuid(1, 0).ecx; }

}  // namespace

TEST_CASE("extensions after SSE2 are promised by the greatest model only") {
    CHECK_EQ(leaf1_ecx("max"), sse3 | ssse3 | sse41 | sse42 | movbe | popcnt | rdrand | pclmulqdq | aes);
    CHECK_EQ(find_cpu_model("max")->cpuid(7, 0).ebx, fdp_with_exception_only | rdseed | sha);
    for (const char* model : {"486", "pentium", "pentium3", "pentium4"}) CHECK_EQ(leaf1_ecx(model), 0U);
}

TEST_CASE("the greatest model has every row") {
    for (const Row& row : instruction_table())
        CHECK_MESSAGE(find_cpu_model("max")->has_feature(row.features), row.name);
}

}  // namespace calque::test
