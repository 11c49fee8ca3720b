// What guests do that comes to nothing, a line each on standard error.
#pragma once

#include "machine/machine.hpp"

#include <string>
#include <string_view>

namespace calque {

struct GuestLogFacilities {
    bool ports = false, post = false, mmio = false, msrs = false, exceptions = false, errors = false;
};

/// By name, or `all`. Throws UsageError.
void add_log_facility(std::string_view name, GuestLogFacilities& facilities);
/// What there are, and what each tells.
std::string log_facilities_help();

void connect_guest_log(Machine& machine, const GuestLogFacilities& facilities);

}  // namespace calque
