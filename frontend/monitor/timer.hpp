// A descriptor that becomes readable a hundred times a second.
#pragma once

#include "frontend/host_file.hpp"

namespace calque {

/// Throws std::system_error.
HostFile hundred_times_a_second();
/// False: nothing has expired.
bool drain_timer(const HostFile& timer);

}  // namespace calque
