// Booting a Linux bzImage by its boot protocol, through the firmware.
#pragma once

#include "machine/boot_items.hpp"

namespace calque {

/// Splits a bzImage into its 16-bit set-up code and its protected-mode part, chooses addresses and fills in
/// the header fields that the boot protocol asks of a loader; `vga=` on the command line becomes `vid_mode`.
///
/// Throws `std::runtime_error` for what is no bzImage, truncated, too old or too large for the memory.
BootItems prepare_linux_boot(const BootRequest& request);

}  // namespace calque
