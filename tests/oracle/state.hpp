// What a test starts from and what it ends in, the same for the native CPU and for a guest.
#pragma once

#include "tests/oracle/native_runner.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace calque::test {

/// Where a test's memory lies: at the same addresses in the guest and on the host.
namespace window {
inline constexpr std::uint32_t code = NativeRunner::base, code_size = 0x2000;
inline constexpr std::uint32_t data = NativeRunner::base + 0x1'0000, data_size = 0x4000;
/// Directly behind the data: memory that can only be read.
inline constexpr std::uint32_t fixed = data + data_size, fixed_size = 0x1000;
/// GS's segment, writable, ends within the latter. Its base is a multiple of 8, not 16, and 16-bit offsets
/// reach the data.
inline constexpr std::uint32_t gs_base = data - 0x1238, gs_limit = fixed + 0x7f3 - gs_base;
inline constexpr std::uint32_t stack = NativeRunner::base + 0x2'0000, stack_size = 0x2000;
}  // namespace window

struct Memory {
    std::array<std::uint8_t, window::data_size> data{};
    std::array<std::uint8_t, window::stack_size> stack{};
    bool operator==(const Memory&) const = default;
};

/// What is in the memory that can only be read.
const std::array<std::uint8_t, window::fixed_size>& fixed_memory();

/// How a program ended: by reaching its end, or by an exception at `eip`.
struct Outcome {
    static constexpr int end = -1, no_end = -2;
    int vector = end;
    std::uint32_t eip = 0;
    std::uint32_t error_code = 0;
    std::uint32_t fault_address = 0;  ///< of a page fault: CR2
    std::uint64_t instructions = 0;   ///< retired; 0: not known (the native CPU)
    NativeState state;
    Memory memory;
};

}  // namespace calque::test
