// The boot ROMs that let the firmware start a kernel given on the command line.
#pragma once

#include <cstdint>
#include <span>

namespace calque {

/// The option ROM that boots a Linux bzImage; firmware file "genroms/linuxboot.bin".
std::span<const std::uint8_t> linux_boot_rom();

/// The option ROM that boots a Multiboot image; firmware file "genroms/multiboot.bin".
std::span<const std::uint8_t> multiboot_boot_rom();

}  // namespace calque
