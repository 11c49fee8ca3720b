// Bytes from a descriptor of the host into a UART.
#include "frontend/line_input.hpp"

#include <cerrno>
#include <unistd.h>

namespace calque {

LineInput::LineInput(HostEvents& events, Uart16550& uart) : events_(events), uart_(uart) {
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
    waiting_.resize(most);
    taken_ = 0;
    const ssize_t count = read(descriptor_, waiting_.data(), most);
    waiting_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        stop();
        if (ended_) ended_();
        return;
    }
    if (filter_) filter_(waiting_);
    pump();
}

// While bytes wait here, the descriptor is left alone: the host's pipe or terminal holds back the writer.
void LineInput::pump() {
    while (taken_ < waiting_.size() && uart_.receive(waiting_[taken_])) ++taken_;
    if (descriptor_ >= 0) events_.pause(descriptor_, taken_ < waiting_.size());
}

}  // namespace calque
