// The network card that the user asked for.
#include "machine/network_card.hpp"

#include "machine/file_bytes.hpp"
#include "machine/option_rom.hpp"

#include <filesystem>
#include <vector>

namespace calque {

namespace {

/// Locally administered; the first of those that virtual machines are given by custom.
constexpr MacAddress address{0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

/// The boot ROM that was asked for, or the distribution's where it is installed. Debian builds the one for
/// the NE2000's family under the name of a Winbond card.
template <typename Card>
std::vector<std::uint8_t> boot_rom(const MachineConfig& config, const std::string& by_default) {
    if (!config.nic_firmware.empty()) return read_file(config.nic_firmware);
    if (!std::filesystem::exists(by_default)) return {};
    std::vector<std::uint8_t> image = read_file(by_default);
    address_rom_to(image, Card::vendor_id, Card::device_id);
    return image;
}

}  // namespace

void add_network_card(const MachineConfig& config, Clock& clock, PhysicalMemory& memory, PortBus& ports,
                      Chips& chips) {
    switch (config.nic) {
        case NicModel::none: break;
        case NicModel::rtl8139:
            chips.rtl8139.emplace(clock, memory, ports, address,
                                  boot_rom<Rtl8139>(config, "/usr/lib/ipxe/qemu/pxe-rtl8139.rom"));
            break;
        case NicModel::ne2k_pci:
            chips.ne2000_pci.emplace(clock, memory, ports, address,
                                     boot_rom<Ne2000Pci>(config, "/usr/lib/ipxe/qemu/pxe-ne2k_pci.rom"));
            break;
        case NicModel::ne2k_isa: chips.ne2000_isa.emplace(clock, address); break;
    }
}

}  // namespace calque
