// What the firmware is given so that it starts a kernel: the parts common to both boot protocols.
#include "machine/boot_items.hpp"

#include "machine/linux_boot.hpp"
#include "machine/multiboot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace calque {

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::uint64_t pci_hole = 0xc000'0000;
// SeaBIOS keeps its tables in the topmost 256 KiB and rounds.
constexpr std::uint64_t firmware_reserve = mebibyte;
constexpr std::uint64_t page_size = 4096;

}  // namespace

void BootItems::add_part(const BootPart& part, std::uint32_t address, std::span<const std::uint8_t> bytes) {
    add_number(part.address_item, address);
    add_number(part.size_item, static_cast<std::uint32_t>(bytes.size()));
    items.push_back({part.data_item, {bytes.begin(), bytes.end()}});
}

void BootItems::add_number(std::uint16_t selector, std::uint32_t number) {
    std::vector<std::uint8_t> bytes;
    for (int shift = 0; shift < 32; shift += 8) {
        bytes.push_back(static_cast<std::uint8_t>(number >> shift));
    }
    items.push_back({selector, std::move(bytes)});
}

BootItems prepare_boot(const BootRequest& request) {
    return is_multiboot(request.kernel) ? prepare_multiboot(request) : prepare_linux_boot(request);
}

std::uint64_t boot_memory_end(std::uint64_t ram_bytes) {
    const auto below_hole = std::min(ram_bytes, pci_hole);
    return below_hole - std::min(below_hole, firmware_reserve);
}

std::uint32_t place_high(const BootRequest& request, std::uint64_t lowest, std::uint64_t end) {
    const std::uint64_t size = request.initrd.size();
    const auto address = (end - std::min(end, size)) & ~(page_size - 1);
    if (address < lowest) {
        request.initrd.fail(fmt::format("does not fit into {} MiB of memory beside the kernel",
                                        request.ram_bytes / mebibyte));
    }
    return static_cast<std::uint32_t>(address);
}

std::vector<std::uint8_t> c_string(std::string_view text) {
    std::vector<std::uint8_t> bytes(text.begin(), text.end());
    bytes.push_back(0);
    return bytes;
}

}  // namespace calque
