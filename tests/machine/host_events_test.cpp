// Messages and ready descriptors reach the machine's thread.
#include "machine/host_events.hpp"

#include <doctest/doctest.h>

#include <array>
#include <thread>
#include <unistd.h>

using namespace calque;
using namespace std::chrono_literals;

namespace {

struct Pipe {
    Pipe() { REQUIRE(pipe(ends.data()) == 0); }
    ~Pipe() {
        close(ends[0]);
        close(ends[1]);
    }
    void put(char byte) const { REQUIRE(write(ends[1], &byte, 1) == 1); }
    char take() const {
        char byte = 0;
        REQUIRE(read(ends[0], &byte, 1) == 1);
        return byte;
    }
    int reader() const { return ends[0]; }
    std::array<int, 2> ends{};
};

}  // namespace

TEST_CASE("messages run in order, on the thread that waits") {
    HostEvents events;
    std::string order;
    std::thread other([&] {
        for (const char letter : {'a', 'b', 'c'}) events.post([&order, letter] { order += letter; });
    });
    other.join();
    CHECK(order.empty());
    events.poll();
    CHECK(order == "abc");
    events.poll();
    CHECK(order == "abc");
}

TEST_CASE("a message ends a wait") {
    HostEvents events;
    bool came = false;
    std::thread other([&] {
        std::this_thread::sleep_for(5ms);
        events.post([&] { came = true; });
    });
    events.wait(std::nullopt);
    other.join();
    CHECK(came);
}

TEST_CASE("a wait ends by itself") {
    HostEvents events;
    const auto started = std::chrono::steady_clock::now();
    events.wait(5ms);
    CHECK(std::chrono::steady_clock::now() - started >= 5ms);
}

TEST_CASE("descriptors: ready, paused, unwatched by their own callback") {
    HostEvents events;
    const Pipe first, second;
    std::string taken;
    events.watch(first.reader(), [&] {
        taken += first.take();
        events.unwatch(first.reader());
    });
    events.watch(second.reader(), [&] { taken += second.take(); });
    events.poll();
    CHECK(taken.empty());

    first.put('1'), first.put('2'), second.put('x');
    events.pause(second.reader(), true);
    events.poll();
    CHECK(taken == "1");
    events.pause(second.reader(), false);
    events.poll();
    CHECK(taken == "1x");
}

TEST_CASE("a callback may take away one that was ready with it") {
    HostEvents events;
    const Pipe first, second;
    std::string taken;
    events.watch(first.reader(), [&] {
        taken += first.take();
        events.unwatch(second.reader());
    });
    events.watch(second.reader(), [&] { taken += second.take(); });
    first.put('a'), second.put('b');
    events.poll();
    CHECK(taken == "a");
}

namespace {

/// Waits for one pipe, never longer than 2 ms.
struct Source final : PollSource {
    explicit Source(const Pipe& watched) : pipe(watched) {}
    void before_poll(std::vector<pollfd>& files, Timeout& timeout) override {
        files.push_back({pipe.reader(), POLLIN, 0});
        if (!timeout || *timeout > 2ms) timeout = 2ms;
    }
    void after_poll(std::span<const pollfd> files) override {
        REQUIRE(files.size() == 1);
        ++looks;
        if (files[0].revents & POLLIN) taken += pipe.take();
    }
    const Pipe& pipe;
    std::string taken;
    int looks = 0;
};

}  // namespace

TEST_CASE("sources: their descriptors and time-outs change from one wait to the next") {
    HostEvents events;
    const Pipe pipe, other;
    Source first(pipe), second(other);
    events.add_source(first);
    events.add_source(second);
    events.wait(std::nullopt);  // by the time-out
    CHECK(first.looks == 1);
    CHECK(first.taken.empty());
    pipe.put('a');
    other.put('b');
    events.poll();
    CHECK(first.taken == "a");
    CHECK(second.taken == "b");
    events.remove_source(first);
    pipe.put('c');
    events.poll();
    CHECK(first.looks == 2);
    CHECK(second.looks == 3);
    events.remove_source(second);
}
