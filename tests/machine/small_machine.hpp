// A machine whose firmware is a few bytes of 16-bit code, for tests of the board.
#pragma once

#include "machine/machine.hpp"

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace calque::test {

using Bytes = std::vector<std::uint8_t>;

/// Pieces of code joined.
inline Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

/// OUT of a byte to a port.
Bytes out(std::uint16_t port, std::uint8_t value);
/// Ends the run with AL as the exit port's byte, and with a byte given.
Bytes leave_with_al();
Bytes leave_with(std::uint8_t value);

/// A configuration whose firmware runs `code` from F000:0000 on, on the instruction clock, with the exit port
/// at F4h and 1 MiB of RAM.
class SmallFirmware {
public:
    explicit SmallFirmware(const Bytes& code);
    ~SmallFirmware();
    SmallFirmware(const SmallFirmware&) = delete;
    SmallFirmware& operator=(const SmallFirmware&) = delete;

    MachineConfig config() const;

private:
    std::string path_, vga_path_;
};

/// Runs `code` to its end or to `instructions`.
RunResult run_code(const Bytes& code, std::uint64_t instructions = 1'000'000);

}  // namespace calque::test
