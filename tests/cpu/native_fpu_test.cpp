// Every x87, MMX and SSE form of the table against the host's own CPU.
#include "tests/cpu/native_fpu.hpp"

#include "cpu/host_features.hpp"
#include "tests/support/approximation.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace calque::test {
namespace {

std::string text_of(const std::vector<std::uint8_t>& bytes) {
    return fmt::format("{:02x}", fmt::join(bytes, " "));
}

constexpr unsigned encodings = 12, cases_each = 24;

void compare(const Row& row, const std::vector<std::uint8_t>& instruction, std::span<const FpuCase> before) {
    std::vector<FpuCase> host(before.begin(), before.end());
    run_on_host(instruction, host);
    for (std::size_t i = 0; i < host.size(); ++i) {
        FpuCase guest = before[i];
        run_on_guest(instruction, guest);
        const std::string differences = difference(host[i], guest);
        if (!differences.empty())
            FAIL_CHECK(std::string(row.name) << " (" << text_of(instruction) << ") fcw " << before[i].fpu.fcw
                                             << " mxcsr " << before[i].fpu.mxcsr << "\n"
                                             << differences);
    }
}

void try_rows(std::span<const Row> rows, bool unmasked) {
    Random random(unmasked ? 2 : 1);
    for (const Row& row : rows) {
        if (row.cls != InstructionClass::innocuous) continue;
        if (!approximates_as_host && is_approximation(row)) continue;  // see portable_*_test.cpp
        if (row.features & ~features_of_host()) continue;
        for (unsigned i = 0; i < encodings; ++i) {
            std::vector<FpuCase> cases;
            for (unsigned n = 0; n < cases_each; ++n) cases.push_back(random_case(random, unmasked));
            compare(row, random_encoding(row, random), cases);
        }
    }
}

}  // namespace

TEST_CASE("x87 as the host") { try_rows(x87_rows(), false); }
TEST_CASE("x87 with unmasked exceptions as the host") { try_rows(x87_rows(), true); }
TEST_CASE("mmx as the host") { try_rows(mmx_rows(), false); }
TEST_CASE("sse as the host") { try_rows(sse_rows(), false); }
TEST_CASE("sse with unmasked exceptions as the host") { try_rows(sse_rows(), true); }

}  // namespace calque::test
