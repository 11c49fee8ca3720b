// Non-DMA mode: bytes pass through the FIFO in batches as large as its threshold lets them become (data
// sheet, "Non-DMA Mode").
#include "devices/fdc82077.hpp"
#include "devices/fdc82077_bits.hpp"

#include <algorithm>
#include <utility>

namespace calque {

using namespace fdc;

/// `size` bytes pass the head up to `end`.
void Fdc82077::await_data(Nanoseconds end, std::uint32_t size) {
    FdcExecution& execution = state_.execution;
    execution.buffer.assign(to_disk() ? size : 0, 0);
    execution.position = 0;
    execution.batch = 0;
    if (!non_dma() || kind() == Kind::verify) return schedule(FdcStep::sector, end);
    schedule(FdcStep::stream, end - bit_times(8) * size);
    if (to_disk()) schedule_batch();
}

void Fdc82077::stream() {
    FloppyDrive* drive = still_there();
    if (!drive) return;
    to_disk() ? stream_from_host(*drive) : stream_to_host(*drive);
}

/// What the host has left in the FIFO for too long has nowhere to go.
void Fdc82077::stream_to_host(FloppyDrive& drive) {
    FdcExecution& execution = state_.execution;
    if (execution.buffer.empty()) {
        if (load_sector(drive)) schedule_batch();
        return;
    }
    const std::size_t size = std::exchange(execution.batch, std::uint8_t{0});
    if (execution.fifo.size() + size > fifo_capacity()) return finish(st1::overrun);
    const auto from = execution.buffer.begin() + execution.position;
    execution.fifo.insert(execution.fifo.end(), from, from + static_cast<std::ptrdiff_t>(size));
    execution.position += static_cast<std::uint32_t>(size);
    set_request(true);
    execution.position < execution.buffer.size() ? schedule_batch() : sector_done(false);
}

void Fdc82077::stream_from_host(FloppyDrive& drive) {
    FdcExecution& execution = state_.execution;
    const std::size_t size = std::exchange(execution.batch, std::uint8_t{0});
    if (execution.fifo.size() < size) return finish(st1::overrun);
    const auto end = execution.fifo.begin() + static_cast<std::ptrdiff_t>(size);
    std::copy(execution.fifo.begin(), end, execution.buffer.begin() + execution.position);
    execution.fifo.erase(execution.fifo.begin(), end);
    execution.position += static_cast<std::uint32_t>(size);
    if (execution.fifo.size() <= fifo_threshold()) set_request(true);
    if (execution.position < execution.buffer.size()) return schedule_batch();
    if (use_sector(drive, execution.buffer.size())) sector_done(false);
}

void Fdc82077::schedule_batch() {
    FdcExecution& execution = state_.execution;
    const std::size_t left = execution.buffer.size() - execution.position;
    execution.batch =
        static_cast<std::uint8_t>(std::min(left, to_disk() ? bytes_to_take() : bytes_to_give()));
    schedule(FdcStep::stream, execution.at + bit_times(8 * execution.batch));
}

/// Without the FIFO there is a byte, as in an 8272A.
std::size_t Fdc82077::fifo_capacity() const {
    return state_.configuration & configuration::no_fifo ? 1 : fifo_size;
}

std::size_t Fdc82077::fifo_threshold() const {
    if (state_.configuration & configuration::no_fifo) return 0;
    return (state_.configuration & configuration::threshold) + 1u;
}

/// Up to where the host is asked to empty the FIFO.
std::size_t Fdc82077::bytes_to_give() const {
    return std::max<std::size_t>(fifo_capacity() - fifo_threshold(), 1);
}

/// Down to where the host is asked to fill the FIFO, or to its end.
std::size_t Fdc82077::bytes_to_take() const {
    const std::size_t level = state_.execution.fifo.size();
    return std::max<std::size_t>(level > fifo_threshold() ? level - fifo_threshold() : level, 1);
}

std::uint8_t Fdc82077::take_from_fifo() {
    auto& fifo = state_.execution.fifo;
    if (to_disk() || fifo.empty()) return 0;
    const std::uint8_t value = fifo.front();
    fifo.erase(fifo.begin());
    if (!fifo.empty()) return value;
    set_request(false);
    if (state_.execution.step == FdcStep::drain) finish();
    return value;
}

void Fdc82077::put_into_fifo(std::uint8_t value) {
    auto& fifo = state_.execution.fifo;
    if (!to_disk() || !state_.execution.request) return;
    fifo.push_back(value);
    if (fifo.size() >= fifo_capacity()) set_request(false);
}

void Fdc82077::set_request(bool request) {
    state_.execution.request = request;
    update_interrupt();
}

}  // namespace calque
