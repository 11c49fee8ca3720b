// What the host has to say to the thread that owns the machine: messages from other threads, ready files.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <poll.h>
#include <span>
#include <vector>

namespace calque {

/// A part of the host with descriptors and time-outs of its own, which change from one wait to the next.
class PollSource {
public:
    using Timeout = std::optional<std::chrono::nanoseconds>;

    virtual ~PollSource() = default;
    /// Adds what it waits for, and shortens the time-out (none: for ever) to what it needs.
    virtual void before_poll(std::vector<pollfd>& files, Timeout& timeout) = 0;
    /// What came of it: the entries that it added, in their order. Called after every look, also in vain.
    virtual void after_poll(std::span<const pollfd> files) = 0;
};

/// Everything that reaches a running machine from outside goes through here and is handled between blocks, on
/// the machine's own thread. Only post() may be called from another thread.
class HostEvents {
public:
    using Callback = std::function<void()>;

    /// Throws std::system_error when the host has no more descriptors.
    HostEvents();
    ~HostEvents();
    HostEvents(const HostEvents&) = delete;
    HostEvents& operator=(const HostEvents&) = delete;

    /// Has `message` run on the machine's thread, waking it if it sleeps.
    void post(Callback message);

    /// `readable` is called while `descriptor` has something to read (or is at its end). It may unwatch.
    void watch(int descriptor, Callback readable);
    void unwatch(int descriptor);
    /// Leaves a descriptor out of account until resumed: what it holds stays there.
    void pause(int descriptor, bool paused);

    /// The source must be removed before it dies.
    void add_source(PollSource& source) { sources_.push_back(&source); }
    void remove_source(PollSource& source) { std::erase(sources_, &source); }

    /// Called before each look at what has arrived: output that was held back can go out.
    void before_waiting(Callback callback) { before_waiting_.push_back(std::move(callback)); }

    /// Whether another thread has posted something.
    bool has_messages() const { return posted_; }
    /// Handles what has arrived, without waiting.
    void poll();
    /// Waits for something to arrive, at most `timeout` (for ever without one), and handles it.
    void wait(std::optional<std::chrono::nanoseconds> timeout);

private:
    struct Watch {
        int descriptor;
        bool paused;
        Callback readable;
    };
    Watch* find(int descriptor);
    /// Where in a list of descriptors those of a source start.
    struct Part {
        PollSource* source;
        std::size_t first, end;
    };
    std::vector<Part> ask_sources(std::vector<pollfd>& files, PollSource::Timeout& timeout) const;
    void answer_sources(const std::vector<Part>& parts, const std::vector<pollfd>& files) const;
    void handle(const std::vector<pollfd>& files);
    void run_messages();
    void run_ready(const std::vector<int>& ready);

    int wake_;  ///< an eventfd
    std::vector<Watch> watches_;
    std::vector<PollSource*> sources_;
    std::vector<Callback> before_waiting_;
    std::mutex mutex_;
    std::vector<Callback> messages_;  ///< guarded by mutex_
    std::atomic<bool> posted_ = false;
};

}  // namespace calque
