// posix_spawn, a pipe, and a clock.
#include "frontend/bench/child.hpp"

#include "frontend/process_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace calque::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_interval{500};
constexpr std::array ways_out{SIGINT, SIGTERM, SIGHUP};

volatile std::sig_atomic_t interrupted = 0;
void note_interrupt(int) { interrupted = 1; }

/// Of all threads, in seconds. 0 where the host has no /proc.
double cpu_seconds_of(pid_t pid) {
    std::uint64_t sum = 0;
    std::error_code error;
    for (const auto& thread : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid), error)) {
        std::uint64_t spent = 0;
        std::ifstream(thread.path() / "schedstat") >> spent;
        sum += spent;
    }
    return static_cast<double>(sum) * 1e-9;
}

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

/// A running child and the reading end of what it says.
class Child {
public:
    explicit Child(const std::vector<std::string>& command) {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe: the host is out of files");
        output_ = ends[0];
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
        posix_spawnattr_t group;
        posix_spawnattr_init(&group);
        posix_spawnattr_setflags(&group, POSIX_SPAWN_SETPGROUP);
        std::vector<char*> words;
        words.reserve(command.size() + 1);
        for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
        words.push_back(nullptr);
        const int error = posix_spawnp(&pid_, words[0], &actions, &group, words.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&group);
        close(ends[1]);
        if (error == 0) return;
        close(output_);
        throw std::runtime_error(fmt::format("{}: {}", command.front(), std::strerror(error)));
    }
    ~Child() {
        close(output_);
        if (pid_ <= 0) return;
        kill();
        waitpid(pid_, nullptr, 0);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    pid_t pid() const { return pid_; }
    /// With all that it has started: it leads a group of its own.
    void kill() const { ::kill(-pid_, SIGKILL); }

    /// False: it closed its output.
    bool read(std::string& text, Clock::time_point deadline) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        pollfd wait{output_, POLLIN, 0};
        const int ready = poll(
            &wait, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, look_interval.count())));
        if (ready <= 0) return true;
        std::array<char, 4096> bytes{};
        const ssize_t count = ::read(output_, bytes.data(), bytes.size());
        if (count > 0) text.append(bytes.data(), static_cast<std::size_t>(count));
        return count > 0;
    }

    void wait(ChildEnd& end) {
        int status = 0;
        rusage usage{};
        while (wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
        }
        pid_ = 0;
        end.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        end.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    }

private:
    pid_t pid_ = 0;
    int output_ = -1;
};

/// Cuts complete lines off the front of `text` and hands them on. Says the most that was made of one.
Heard hand_on_lines(std::string& text, const Child& child, const LineListener& listener, ChildEnd& end) {
    Heard most = Heard::nothing;
    for (std::size_t at; (at = text.find('\n')) != std::string::npos; text.erase(0, at + 1)) {
        std::string line = text.substr(0, at);
        std::erase(line, '\r');
        if (!line.empty()) end.last_words = line;
        most = std::max(most, listener(line, cpu_seconds_of(child.pid())));
        if (most == Heard::enough) break;
    }
    return most;
}

/// Looks at a child's memory now and then, between its lines.
class MemoryWatch {
public:
    void look(const Child& child, ChildEnd& end) {
        if (Clock::now() < next_) return;
        end.peak_memory = std::max(end.peak_memory, memory_of_process(std::to_string(child.pid())));
        next_ = Clock::now() + look_interval;
    }

private:
    Clock::time_point next_ = Clock::now() + look_interval;
};

}  // namespace

ChildEnd run_child(const std::vector<std::string>& command, const ChildLimits& limits,
                   const LineListener& listener) {
    ChildEnd end;
    const Clock::time_point start = Clock::now();
    Clock::time_point deadline = start + limits.until_it_runs;
    Child child(command);
    MemoryWatch memory;
    std::string text;
    while (child.read(text, deadline)) {
        if (interrupted) throw Interrupted{};
        const Heard heard = hand_on_lines(text, child, listener, end);
        if (heard == Heard::it_runs) deadline = start + limits.whole;
        end.timed_out = Clock::now() >= deadline;
        end.stopped = heard == Heard::enough;
        memory.look(child, end);
        if (!end.timed_out && !end.stopped) continue;
        child.kill();
        break;
    }
    if (!text.empty()) end.last_words = text;
    child.wait(end);
    if (interrupted) throw Interrupted{};
    end.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return end;
}

InterruptWatch::InterruptWatch() {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = note_interrupt;
    for (const int signal : ways_out) sigaction(signal, &action, nullptr);
}

InterruptWatch::~InterruptWatch() {
    for (const int signal : ways_out) std::signal(signal, SIG_DFL);
}

TemporaryFolder::TemporaryFolder() {
    path_ = (std::filesystem::temp_directory_path() / "calque-bench-XXXXXX").string();
    if (!mkdtemp(path_.data())) throw std::runtime_error(fmt::format("{}: cannot be made", path_));
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace calque::bench
