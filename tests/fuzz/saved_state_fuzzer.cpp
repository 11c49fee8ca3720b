// Saved states as they come out of a file: refused in one line, or put back into a board that then runs.
#include "machine/machine.hpp"
#include "machine/saved_state_file.hpp"
#include "tests/fuzz/fuzz_file.hpp"

#include <exception>

using namespace calque;
using namespace calque::test;

namespace {

MachineConfig config() {
    static const FuzzFile rom(std::vector<std::uint8_t>(0x1'0000, 0xF4)),
        vga_rom(std::vector<std::uint8_t>(2048)), floppy(std::vector<std::uint8_t>(1440 * 1024, 0xA5)),
        disk(std::vector<std::uint8_t>(1 << 20, 0x5A));
    MachineConfig config;
    config.memory = 1 << 20;
    config.clock = ClockKind::instructions;
    config.firmware = rom.path();
    config.vga_firmware = config.nic_firmware = vga_rom.path();
    config.floppies[0] = floppy.path();
    config.drives[0].path = disk.path();
    config.discard_writes = true;
    return config;
}

/// Bytes of the input in the places of a good state's: an input of the whole would hardly ever get past
/// names.
std::vector<SavedPart> changed(std::vector<SavedPart> parts, std::span<const std::uint8_t> input) {
    for (std::size_t i = 0; i + 4 <= input.size(); i += 4) {
        auto& fields = parts[input[i] % parts.size()].fields;
        fields[(input[i + 1] | std::size_t{input[i + 2]} << 8) % fields.size()] = input[i + 3];
    }
    return parts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static Machine machine(config());
    static const SavedState good = save_state(machine.board());
    const std::span<const std::uint8_t> input(bytes, size);
    try {
        if (size && bytes[0] & 1) {
            machine.load(parse_state(input.subspan(1)));
        } else if (size) {
            SavedState state = good;
            state.parts = changed(good.parts, input.subspan(1));
            machine.load(state);
        }
        machine.run({.instructions = machine.board().processor().cpu().state.instructions + 2'000,
                     .time = std::chrono::milliseconds{20},
                     .checkpoint = {}});
    } catch (const std::exception&) {
        return 0;
    }
    machine.load(good);
    return 0;
}
