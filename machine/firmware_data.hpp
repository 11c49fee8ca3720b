// What the firmware is told about the machine: CMOS RAM and the firmware configuration device.
#pragma once

#include "machine/chips.hpp"
#include "machine/config.hpp"
#include "machine/drives.hpp"

namespace calque {

/// Throws std::runtime_error, one line that names the file, if the kernel or initrd cannot be used.
void provide_firmware_data(const MachineConfig& config, Chips& chips, const Drives& drives);

}  // namespace calque
