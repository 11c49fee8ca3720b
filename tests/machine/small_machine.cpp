// A machine whose firmware is a few bytes of 16-bit code.
#include "tests/machine/small_machine.hpp"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <unistd.h>

namespace calque::test {

namespace {

std::string write_temporary(const Bytes& bytes) {
    char path[] = "/tmp/calque-firmware-XXXXXX";
    const int descriptor = mkstemp(path);
    const auto size = static_cast<ssize_t>(bytes.size());
    if (descriptor < 0 || write(descriptor, bytes.data(), bytes.size()) != size)
        throw std::runtime_error("no temporary file");
    close(descriptor);
    return path;
}

std::uint8_t low(std::uint16_t value) { return static_cast<std::uint8_t>(value); }
std::uint8_t high(std::uint16_t value) { return static_cast<std::uint8_t>(value >> 8); }

}  // namespace

Bytes out(std::uint16_t port, std::uint8_t value) {
    return {0xBA, low(port), high(port), 0xB0, value, 0xEE};  // MOV DX; MOV AL; OUT DX, AL
}

Bytes leave_with_al() { return {0xE6, 0xF4}; }

Bytes leave_with(std::uint8_t value) { return Bytes{0xB0, value} + leave_with_al(); }

SmallFirmware::SmallFirmware(const Bytes& code) {
    Bytes rom(0x1'0000);
    std::copy(code.begin(), code.end(), rom.begin());
    const Bytes reset{0xEA, 0x00, 0x00, 0x00, 0xF0};  // JMP F000:0000
    std::copy(reset.begin(), reset.end(), rom.begin() + 0xFFF0);
    path_ = write_temporary(rom);
    vga_path_ = write_temporary(Bytes(2048));
}

SmallFirmware::~SmallFirmware() {
    std::remove(path_.c_str());
    std::remove(vga_path_.c_str());
}

MachineConfig SmallFirmware::config() const {
    MachineConfig config;
    config.memory = 1 << 20;
    config.clock = ClockKind::instructions;
    config.firmware = path_;
    config.vga_firmware = vga_path_;
    config.exit_port = 0xF4;
    return config;
}

RunResult run_code(const Bytes& code, std::uint64_t instructions) {
    const SmallFirmware firmware(code);
    MachineConfig config = firmware.config();
    config.no_reboot = true;
    Machine machine(config);
    return machine.run({.instructions = instructions, .time = {}, .checkpoint = {}});
}

}  // namespace calque::test
