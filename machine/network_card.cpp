// The network card that the user asked for.
#include "machine/network_card.hpp"

#include "machine/file_bytes.hpp"

#include <filesystem>
#include <vector>

namespace calque {

namespace {

/// Locally administered; the first of those that virtual machines are given by custom.
constexpr MacAddress address{0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

/// The boot ROM that was asked for, or the distribution's where it is installed.
std::vector<std::uint8_t> boot_rom(const MachineConfig& config, const std::string& by_default) {
    if (!config.nic_firmware.empty()) return read_file(config.nic_firmware);
    if (!std::filesystem::exists(by_default)) return {};
    return read_file(by_default);
}

}  // namespace

void add_network_card(const MachineConfig& config, Clock& clock, PhysicalMemory& memory, PortBus& ports,
                      Chips& chips) {
    if (config.nic == NicModel::none) return;
    const auto rom = boot_rom(config, "/usr/lib/ipxe/qemu/pxe-rtl8139.rom");
    chips.rtl8139.emplace(clock, memory, ports, address, rom);
}

}  // namespace calque
