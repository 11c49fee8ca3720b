// The single operations that user code may carry out on the host itself.
#pragma once

#include <string>
#include <vector>

namespace calque::bench {

struct NativeOperation {
    std::string name;    ///< as in roms/nano_bench
    double nanoseconds;  ///< each, the loop around it included
};

/// Empty where the host is not x86-64. Those that the host does not allow are left out.
std::vector<NativeOperation> measure_native_operations();

/// Core clock cycles in a nanosecond, by a chain of additions that depend on each other. 0: unknown.
double measure_gigahertz();

}  // namespace calque::bench
