// The calling thread's processor time: what something took, whoever else was using the host.
#pragma once

#include <ctime>

namespace calque {

/// In seconds. A reading enters the host's kernel, which takes longer than many a thing that is measured.
inline double thread_seconds() {
    timespec spent{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

/// Measures short stretches: what a pair of readings takes by itself is not counted.
class ThreadStopwatch {
public:
    ThreadStopwatch() {
        constexpr int tries = 1000;
        const double begun = thread_seconds();
        for (int i = 0; i < tries; ++i) thread_seconds();
        own_ = (thread_seconds() - begun) / tries;
    }
    void start() { begun_ = thread_seconds(); }
    double seconds() const {
        const double passed = thread_seconds() - begun_ - own_;
        return passed > 0 ? passed : 0;
    }

private:
    double own_ = 0, begun_ = 0;
};

}  // namespace calque
