// Bytes from a descriptor of the host into a UART, at the pace at which the guest takes them.
#pragma once

#include "devices/uart16550.hpp"
#include "machine/host_events.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace calque {

class LineInput {
public:
    /// Takes bytes out of those just read that are not for the guest.
    using Filter = std::function<void(std::vector<std::uint8_t>&)>;

    LineInput(HostEvents& events, Uart16550& uart);
    ~LineInput();
    LineInput(const LineInput&) = delete;
    LineInput& operator=(const LineInput&) = delete;

    /// Reads from `descriptor`, which it does not own, until its end; then `ended` is called, if given.
    void read_from(int descriptor, std::function<void()> ended = {});
    void stop();
    void set_filter(Filter filter) { filter_ = std::move(filter); }

private:
    void readable();
    void pump();

    HostEvents& events_;
    Uart16550& uart_;
    int descriptor_ = -1;
    std::function<void()> ended_;
    Filter filter_;
    std::vector<std::uint8_t> waiting_;
    std::size_t taken_ = 0;
};

}  // namespace calque
