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
class BackgroundSink final : public FrameReceiver {
public:
    explicit BackgroundSink(std::unique_ptr<FrameSink> sink);
    ~BackgroundSink() override;
    BackgroundSink(const BackgroundSink&) = delete;
    BackgroundSink& operator=(const BackgroundSink&) = delete;

    void take(Frame frame) override;
    void finish() override;

private:
    void work();
    void join();

    std::unique_ptr<FrameSink> sink_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Frame> jobs_;
    bool ends_ = false;
    std::string error_;
    std::thread thread_;
};

}  // namespace calque::trace
