// A hostile gdb client: any bytes at a machine that stands still or runs a little in between.
#include "frontend/debugger/gdb_stub.hpp"
#include "tests/fuzz/fuzz_file.hpp"

#include <array>
#include <optional>
#include <vector>

using namespace calque;

namespace {

/// At the reset vector a loop that writes to memory and ports.
std::vector<std::uint8_t> firmware() {
    std::vector<std::uint8_t> rom(0x1'0000, 0x90);
    constexpr std::array<std::uint8_t, 8> loop{0xFF, 0x06, 0x00, 0x05, 0xE6, 0x80, 0xEB, 0xF8};
    std::ranges::copy(loop, rom.begin() + 0xFFF0);
    return rom;
}

/// Gives the machine its turns; ends it when nobody lets it go on.
void run(Machine& machine) {
    machine.run({.instructions = machine.board().processor().cpu().state.instructions + 1000,
                 .time = std::chrono::milliseconds{0},
                 .checkpoint = {}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const test::FuzzFile rom(firmware()), vga(std::vector<std::uint8_t>(2048));
    MachineConfig config;
    config.memory = 1 << 20;
    config.clock = ClockKind::instructions;
    config.firmware = rom.path();
    config.vga_firmware = vga.path();
    Machine machine(config);
    gdb::Stub stub(machine, [](std::string_view) {});
    machine.debugger().on_stop([&](const DebugStop& why) { stub.stopped(why); });
    machine.debugger().stop();
    gdb::PacketReader reader;
    for (std::size_t i = 0; i < size; ++i) {
        // '!' stands for a whole packet's frame, so that inputs need no checksums.
        std::optional<gdb::Input> input = reader.take(bytes[i]);
        if (bytes[i] == '!') {
            std::string payload;
            while (++i < size && bytes[i] != '!') payload += static_cast<char>(bytes[i]);
            input = gdb::Packet{payload};
        }
        if (!input) continue;
        stub.take(*input);
        run(machine);
    }
    return 0;
}
