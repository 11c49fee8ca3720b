// What the firmware is given so that it starts a kernel named on the command line.
#pragma once

#include "machine/boot_image.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calque {

/// A part that a boot ROM copies into memory; the values are those of the firmware configuration device's
/// legacy items that hold its address, size and data.
struct BootPart {
    std::uint16_t address_item;
    std::uint16_t size_item;
    std::uint16_t data_item;
};
inline constexpr BootPart kernel_part{.address_item = 0x07, .size_item = 0x08, .data_item = 0x11};
inline constexpr BootPart initrd_part{.address_item = 0x0a, .size_item = 0x0b, .data_item = 0x12};
inline constexpr BootPart command_line_part{.address_item = 0x13, .size_item = 0x14, .data_item = 0x15};
inline constexpr BootPart setup_part{.address_item = 0x16, .size_item = 0x17, .data_item = 0x18};
inline constexpr std::uint16_t kernel_entry_item = 0x10;

/// One item of the firmware configuration device: its selector and its content.
struct BootItem {
    std::uint16_t selector = 0;
    std::vector<std::uint8_t> bytes;
};

/// An option ROM and the items it reads. The board adds `rom` to the firmware configuration device as the
/// file `rom_file`, puts "/rom@" + `rom_file` first in the file "bootorder", and adds `items`.
struct BootItems {
    std::string rom_file;
    std::span<const std::uint8_t> rom;
    std::vector<BootItem> items;

    void add_part(const BootPart& part, std::uint32_t address, std::span<const std::uint8_t> bytes);
    void add_number(std::uint16_t selector, std::uint32_t number);
};

/// What the user gave. `initrd` is empty (no bytes) where none was given.
struct BootRequest {
    BootImage kernel;
    BootImage initrd;
    std::string command_line;
    std::uint64_t ram_bytes = 0;
};

/// Prepares a Multiboot image or a Linux bzImage, whichever `request.kernel` is.
///
/// Throws `std::runtime_error` with one line that names the file and its defect.
BootItems prepare_boot(const BootRequest& request);

/// The end of the RAM that a boot may fill: below the PCI hole and below what the firmware takes at the top.
std::uint64_t boot_memory_end(std::uint64_t ram_bytes);

/// Where to put an initrd or a module of `size` bytes: page-aligned, as high as `end` allows, at or above
/// `lowest`. Throws where it does not fit.
std::uint32_t place_high(const BootRequest& request, std::uint64_t lowest, std::uint64_t end);

/// The bytes of a C string.
std::vector<std::uint8_t> c_string(std::string_view text);

}  // namespace calque
