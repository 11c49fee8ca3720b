// Threads beside the machine's.
#pragma once

#include <csignal>
#include <thread>
#include <utility>

namespace calque::trace {

/// A thread that runs `work` and gets no signals: those are the machine's thread's.
template <typename Work>
std::thread start_helper(Work work) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    std::thread thread(std::move(work));
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
}

}  // namespace calque::trace
