// Ctrl-C and its relatives as host events.
#include "frontend/signals.hpp"

#include <csignal>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace calque {

namespace {

sigset_t ending_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
    return set;
}

}  // namespace

SignalWatch::SignalWatch(Machine& machine) : machine_(machine) {
    const sigset_t set = ending_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    descriptor_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    machine_.events().watch(descriptor_, [this] { machine_.finish({RunEnd::interrupted}); });
}

SignalWatch::~SignalWatch() {
    machine_.events().unwatch(descriptor_);
    close(descriptor_);
}

}  // namespace calque
