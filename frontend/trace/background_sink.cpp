// A queue of frames and the thread that empties it.
#include "frontend/trace/background_sink.hpp"

#include "frontend/trace/helper_thread.hpp"
#include "frontend/usage_error.hpp"

#include <exception>
#include <utility>

namespace calque::trace {
namespace {

constexpr std::size_t longest_queue = 4;

}  // namespace

BackgroundSink::BackgroundSink(std::unique_ptr<FrameSink> sink) : sink_(std::move(sink)) {
    thread_ = start_helper([this] { work(); });
}

BackgroundSink::~BackgroundSink() { join(); }

void BackgroundSink::join() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        ends_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void BackgroundSink::take(Frame frame) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return jobs_.size() < longest_queue; });
    jobs_.push_back(std::move(frame));
    lock.unlock();
    changed_.notify_all();
}

void BackgroundSink::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return ends_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        const Frame job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        changed_.notify_all();
        try {
            sink_->take(store_frame(job));
        } catch (const std::exception& error) {
            lock.lock();
            error_ = error.what();
            continue;
        }
        lock.lock();
    }
}

void BackgroundSink::finish() {
    join();
    if (!error_.empty()) throw UsageError(error_);
    sink_->finish();
}

}  // namespace calque::trace
