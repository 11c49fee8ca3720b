// Arbitrary firmware, from the reset state on, on a whole board: whatever it does to the chips, the run ends
// at its bound and nothing disturbs the host.
#include "machine/machine.hpp"
#include "tests/fuzz/fuzz_file.hpp"
#include "tests/fuzz/input.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>

using namespace calque;
using namespace calque::test;

namespace {

constexpr std::uint64_t most_instructions = 2'000;
constexpr std::chrono::milliseconds longest_halt{50};  ///< where nothing will ever wake the processor
constexpr std::size_t rom_size = 0x1'0000, reset_vector = 0xfff0;
constexpr std::array<std::uint8_t, 5> jump_to_start{0xea, 0x00, 0x00, 0x00, 0xf0};  // JMP F000:0000

/// The image's bytes at the beginning, where the reset vector leads, or across that; its odd sizes are
/// refused.
std::vector<std::uint8_t> rom_of(Input& input) {
    const std::uint8_t choice = input.byte();
    const std::vector<std::uint8_t> code = input.rest();
    if (choice % 16 == 15) return code;
    std::vector<std::uint8_t> rom(rom_size, choice & 0x10 ? 0xff : 0);
    std::ranges::copy(jump_to_start, rom.begin() + reset_vector);
    const std::size_t used = std::min(code.size(), rom_size), place = choice % 16 == 14 ? rom_size - used : 0;
    std::copy_n(code.begin(), used, rom.begin() + static_cast<std::ptrdiff_t>(place));
    return rom;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const FuzzFile vga(std::vector<std::uint8_t>(2048));
    Input input({bytes, size});
    const FuzzFile firmware(rom_of(input));
    MachineConfig config;
    config.memory = 1 << 20;
    config.clock = ClockKind::instructions;
    config.firmware = firmware.path();
    config.vga_firmware = vga.path();
    config.exit_port = 0xf4;
    try {
        Machine machine(config);
        machine.run({.instructions = most_instructions, .time = longest_halt, .checkpoint = {}});
    } catch (const std::exception&) {
        return 0;  // refused
    }
    return 0;
}
