// Booting a Multiboot (version 1) image through the firmware.
#pragma once

#include "machine/boot_items.hpp"

namespace calque {

/// Does the file carry a Multiboot header with a valid checksum in its first 8 KiB?
bool is_multiboot(const BootImage& image);

/// Lays out the image (by its address fields, or as 32-bit ELF), the initrd as its only module and the
/// information structure, whose memory map the boot ROM fills in.
///
/// Throws `std::runtime_error` for what is truncated, asks for what a loader may refuse, or does not fit.
BootItems prepare_multiboot(const BootRequest& request);

}  // namespace calque
