// Compresses and writes frames while the machine goes on.
#pragma once

#include "frontend/trace/container.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace calque::trace {

/// Frames on their way to a sink, by a thread of their own. The machine waits when it is too far ahead.
class BackgroundSink {
public:
    explicit BackgroundSink(std::unique_ptr<FrameSink> sink);
    ~BackgroundSink();
    BackgroundSink(const BackgroundSink&) = delete;
    BackgroundSink& operator=(const BackgroundSink&) = delete;

    void take(const FrameHeader& header, const Registers& registers, Bytes frame);
    /// Throws UsageError if the host did not take it all.
    void finish();

private:
    struct Job {
        FrameHeader header;
        Registers registers;
        Bytes frame;
    };
    void work();
    void join();

    std::unique_ptr<FrameSink> sink_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> jobs_;
    bool ends_ = false;
    std::string error_;
    std::thread thread_;
};

}  // namespace calque::trace
