// timerfd.
#include "frontend/monitor/timer.hpp"

#include <cerrno>
#include <cstdint>
#include <sys/timerfd.h>
#include <system_error>
#include <unistd.h>

namespace calque {

HostFile hundred_times_a_second() {
    constexpr long period = 10'000'000;
    HostFile timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    const itimerspec every{{0, period}, {0, period}};
    if (timerfd_settime(timer.descriptor(), 0, &every, nullptr))
        throw std::system_error(errno, std::generic_category(), "timerfd");
    return timer;
}

bool drain_timer(const HostFile& timer) {
    std::uint64_t count = 0;
    return read(timer.descriptor(), &count, sizeof count) > 0;
}

}  // namespace calque
