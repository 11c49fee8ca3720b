// Changes to the image of a PCI expansion ROM (PCI Firmware Specification, "PCI Expansion ROMs").
#include "machine/option_rom.hpp"

#include "devices/bits.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace calque {

namespace {

constexpr std::size_t pointer_to_data = 0x18;  // a word in the ROM's header
constexpr std::size_t vendor_offset = 4, device_offset = 6, data_size = 24;
constexpr std::string_view data_signature = "PCIR";
/// In the header, behind the jump to the entry: no meaning but to make the sum of all bytes 0.
constexpr std::size_t balance = 6;

std::uint8_t sum_of(std::span<const std::uint8_t> bytes) {
    return static_cast<std::uint8_t>(std::accumulate(bytes.begin(), bytes.end(), 0U));
}

}  // namespace

void address_rom_to(std::span<std::uint8_t> image, std::uint16_t vendor, std::uint16_t device) {
    if (image.size() < pointer_to_data + 2) return;
    const std::size_t data = load_little_endian(image, pointer_to_data, 2);
    if (data + data_size > image.size()) return;
    const auto signature = image.subspan(data, data_signature.size());
    if (!std::ranges::equal(signature, data_signature)) return;
    const std::uint8_t before = sum_of(image);
    store_little_endian(image, data + vendor_offset, vendor, 2);
    store_little_endian(image, data + device_offset, device, 2);
    image[balance] = static_cast<std::uint8_t>(image[balance] - (sum_of(image) - before));
}

}  // namespace calque
