// The network card that the user asked for.
#pragma once

#include "devices/port_bus.hpp"
#include "machine/chips.hpp"
#include "machine/config.hpp"
#include "mmu/physical_memory.hpp"

namespace calque {

/// Throws std::runtime_error, one line that names the file, if its boot ROM cannot be used.
void add_network_card(const MachineConfig& config, Clock& clock, PhysicalMemory& memory, PortBus& ports,
                      Chips& chips);

}  // namespace calque
