// The host's end of a serial line.
#pragma once

#include "machine/machine.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace calque {

class SerialLine {
public:
    virtual ~SerialLine() = default;
    /// A byte that the guest transmitted.
    virtual void send(std::uint8_t byte) = 0;
};

/// Throws UsageError unless `where` is stdio, none, file:F, pty or tcp:PORT.
void check_serial_line(std::string_view where);

/// Connects `uart` to what `where` names; nullptr for "none". What comes in waits in the host until the UART
/// has room; the end of input is not the end of the run.
std::unique_ptr<SerialLine> open_serial_line(const std::string& where, Machine& machine, Uart16550& uart);

}  // namespace calque
