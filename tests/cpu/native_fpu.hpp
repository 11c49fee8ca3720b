// One x87, MMX or SSE instruction on the host's own CPU and through the interpreter.
#pragma once

#include "cpu/cpu.hpp"
#include "cpu/instruction_table.hpp"

#include <array>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace calque::test {

/// 32 random bits at a time.
class Random {
public:
    explicit Random(std::uint32_t seed) : generator_(seed) {}
    std::uint32_t operator()() { return static_cast<std::uint32_t>(generator_()); }

private:
    std::mt19937 generator_;
};

/// All that one of these instructions reads or writes. EDI points at `memory`; ESP is left out.
struct FpuCase {
    FpuArea fpu;
    alignas(64) std::array<std::uint8_t, 64> memory{};
    std::array<std::uint64_t, 8> gpr{};
    std::uint64_t flags = flag::always_one;
    bool fault = false;  ///< #XM, or on the host SIGFPE
};

/// The encodings of a row that are tried: register forms with random registers, memory forms through [EDI].
std::vector<std::uint8_t> random_encoding(const Row& row, Random& random);

/// Random state in which nasty values are frequent. With `unmasked` some exceptions are, else none.
FpuCase random_case(Random& random, bool unmasked);

void run_on_host(const std::vector<std::uint8_t>& instruction, std::span<FpuCase> cases);
void run_on_guest(const std::vector<std::uint8_t>& instruction, FpuCase& fpu_case);

/// The first difference in words, or empty.
std::string difference(const FpuCase& host, const FpuCase& guest);

}  // namespace calque::test
