// The drives that the user asked for, with their images.
#pragma once

#include "machine/chips.hpp"
#include "machine/config.hpp"

namespace calque {

/// Throws std::runtime_error, one line that names the image, if one cannot be used.
void add_drives(const MachineConfig& config, Chips& chips);

}  // namespace calque
