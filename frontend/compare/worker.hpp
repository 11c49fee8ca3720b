// A thread that does one thing after the other.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <queue>
#include <thread>
#include <utility>

namespace calque {

class Worker {
public:
    Worker() : thread_([this] { work(); }) {}
    ~Worker() {
        post({});
        thread_.join();
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// What it throws comes out of the future.
    std::future<void> run(std::function<void()> task) {
        std::packaged_task<void()> packaged(std::move(task));
        auto future = packaged.get_future();
        post(std::move(packaged));
        return future;
    }

private:
    void post(std::packaged_task<void()> task) {
        {
            const std::scoped_lock lock(mutex_);
            tasks_.push(std::move(task));
        }
        arrived_.notify_one();
    }
    std::packaged_task<void()> next() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return !tasks_.empty(); });
        auto task = std::move(tasks_.front());
        tasks_.pop();
        return task;
    }
    /// An empty task ends it.
    void work() {
        for (auto task = next(); task.valid(); task = next()) task();
    }

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::queue<std::packaged_task<void()>> tasks_;
    std::thread thread_;
};

}  // namespace calque
