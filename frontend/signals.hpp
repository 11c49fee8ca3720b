// Ctrl-C and its relatives as host events, so that every run ends in order.
#pragma once

#include "machine/machine.hpp"

namespace calque {

/// While it lives, SIGINT, SIGTERM and SIGHUP end the machine's run as `interrupted`. To be made before any
/// thread.
class SignalWatch {
public:
    explicit SignalWatch(Machine& machine);
    ~SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

private:
    Machine& machine_;
    int descriptor_;
};

}  // namespace calque
