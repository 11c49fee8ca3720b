// Bytes from a descriptor of the host into a UART, at the pace at which the guest takes them.
#pragma once

#include "devices/uart16550.hpp"
#include "machine/host_events.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

namespace calque {

class LineInput {
public:
    /// Takes bytes out of those just read that are not for the guest.
    using Filter = std::function<void(std::vector<std::uint8_t>&)>;

    /// Gives the UART as many as it takes; how many that were.
    using Giver = std::function<std::size_t(std::span<const std::uint8_t>)>;

    LineInput(HostEvents& events, Uart16550& uart);
    ~LineInput();
    LineInput(const LineInput&) = delete;
    LineInput& operator=(const LineInput&) = delete;

    /// Reads from `descriptor`, which it does not own, until its end; then `ended` is called, if given.
    void read_from(int descriptor, std::function<void()> ended = {});
    void stop();
    /// With a filter everything is read as it comes, lest what the filter looks for wait behind what the
    /// guest does not take.
    void set_filter(Filter filter) { filter_ = std::move(filter); }
    /// Bytes go another way to the UART.
    void set_giver(Giver giver) { give_ = std::move(giver); }
    /// Gives what is waiting.
    void pump();

private:
    void readable();

    HostEvents& events_;
    Uart16550& uart_;
    int descriptor_ = -1;
    std::function<void()> ended_;
    Filter filter_;
    Giver give_;
    std::deque<std::uint8_t> waiting_;
};

}  // namespace calque
