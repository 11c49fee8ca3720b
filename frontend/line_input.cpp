// Bytes from a descriptor of the host into a UART.
#include "frontend/line_input.hpp"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace calque {

LineInput::LineInput(HostEvents& events, Uart16550& uart) : events_(events), uart_(uart) {
    give_ = [this](std::span<const std::uint8_t> bytes) {
        std::size_t taken = 0;
        while (taken < bytes.size() && uart_.receive(bytes[taken])) ++taken;
        return taken;
    };
    uart_.on_receive_room([this] { pump(); });
}

LineInput::~LineInput() {
    stop();
    uart_.on_receive_room({});
}

void LineInput::read_from(int descriptor, std::function<void()> ended) {
    stop();
    descriptor_ = descriptor;
    ended_ = std::move(ended);
    events_.watch(descriptor, [this] { readable(); });
}

void LineInput::stop() {
    if (descriptor_ >= 0) events_.unwatch(descriptor_);
    descriptor_ = -1;
}

void LineInput::readable() {
    constexpr std::size_t most = 4096;
    std::vector<std::uint8_t> bytes(most);
    const ssize_t count = read(descriptor_, bytes.data(), most);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        stop();
        if (ended_) ended_();
        return;
    }
    if (filter_) filter_(bytes);
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
    pump();
}

// While bytes of a pipe wait here, the descriptor is left alone: the host holds back the writer.
void LineInput::pump() {
    constexpr std::size_t most = 64;  // more than a UART ever takes
    const std::vector<std::uint8_t> next(
        waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(most, waiting_.size())));
    const std::size_t taken = give_(next);
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken));
    if (descriptor_ >= 0) events_.pause(descriptor_, !waiting_.empty() && !filter_);
}

}  // namespace calque
