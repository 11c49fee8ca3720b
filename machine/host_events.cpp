// One ppoll over all descriptors that matter to the machine.
#include "machine/host_events.hpp"

#include <algorithm>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace calque {

HostEvents::HostEvents() : wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

HostEvents::~HostEvents() { close(wake_); }

void HostEvents::post(Callback message) {
    const std::scoped_lock lock(mutex_);
    messages_.push_back(std::move(message));
    posted_ = true;
    eventfd_write(wake_, 1);
}

HostEvents::Watch* HostEvents::find(int descriptor) {
    const auto found = std::ranges::find(watches_, descriptor, &Watch::descriptor);
    return found == watches_.end() ? nullptr : &*found;
}

void HostEvents::watch(int descriptor, Callback readable) {
    unwatch(descriptor);
    watches_.push_back({descriptor, false, std::move(readable)});
}

void HostEvents::unwatch(int descriptor) {
    std::erase_if(watches_, [=](const Watch& watch) { return watch.descriptor == descriptor; });
}

void HostEvents::pause(int descriptor, bool paused) {
    if (Watch* watch = find(descriptor)) watch->paused = paused;
}

void HostEvents::poll() {
    if (posted_ || !watches_.empty() || !sources_.empty() || !before_waiting_.empty())
        wait(std::chrono::nanoseconds{0});
}

void HostEvents::wait(std::optional<std::chrono::nanoseconds> timeout) {
    for (const Callback& callback : before_waiting_) callback();
    std::vector<pollfd> files{{wake_, POLLIN, 0}};
    for (const Watch& watch : watches_) {
        if (!watch.paused) files.push_back({watch.descriptor, POLLIN, 0});
    }
    const std::vector<Part> parts = ask_sources(files, timeout);
    constexpr std::int64_t billion = 1'000'000'000;
    const std::int64_t nanoseconds = timeout ? std::max<std::int64_t>(timeout->count(), 0) : 0;
    const timespec limit{nanoseconds / billion, nanoseconds % billion};
    const int count = ppoll(files.data(), files.size(), timeout ? &limit : nullptr, nullptr);
    if (count < 0) return;
    if (count > 0) handle(files);
    answer_sources(parts, files);
}

// Also descriptors of sources are looked up among the watched ones, and not found.
void HostEvents::handle(const std::vector<pollfd>& files) {
    std::vector<int> ready;
    for (const pollfd& file : files) {
        if (file.revents && file.fd != wake_) ready.push_back(file.fd);
    }
    if (files.front().revents) run_messages();
    run_ready(ready);
}

std::vector<HostEvents::Part> HostEvents::ask_sources(std::vector<pollfd>& files,
                                                      PollSource::Timeout& timeout) const {
    std::vector<Part> parts;
    for (PollSource* source : sources_) {
        const std::size_t first = files.size();
        source->before_poll(files, timeout);
        parts.push_back({source, first, files.size()});
    }
    return parts;
}

void HostEvents::answer_sources(const std::vector<Part>& parts, const std::vector<pollfd>& files) const {
    for (const Part& part : parts) {
        const bool still_there = std::ranges::find(sources_, part.source) != sources_.end();
        if (still_there) part.source->after_poll(std::span(files).subspan(part.first, part.end - part.first));
    }
}

void HostEvents::run_messages() {
    std::vector<Callback> messages;
    {
        const std::scoped_lock lock(mutex_);
        eventfd_t count = 0;
        eventfd_read(wake_, &count);
        posted_ = false;
        messages.swap(messages_);
    }
    for (const Callback& message : messages) message();
}

// A callback may unwatch or pause any descriptor, so each is looked up again, and called from a copy.
void HostEvents::run_ready(const std::vector<int>& ready) {
    for (const int descriptor : ready) {
        const Watch* watch = find(descriptor);
        if (!watch || watch->paused) continue;
        const Callback readable = watch->readable;
        readable();
    }
}

}  // namespace calque
