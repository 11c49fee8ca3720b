// Other programs, run to be measured.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace calque::bench {

struct ChildEnd {
    int status = 0;          ///< exit status, or 128 and the signal's number
    bool timed_out = false;  ///< it was killed
    bool stopped = false;    ///< by the listener
    double seconds = 0;      ///< from start to end
    double cpu_seconds = 0;  ///< of it and its children
    std::uint64_t peak_memory =
        0;                   ///< bytes; the most that any look at it, two a second, has found. 0: none did
    std::string last_words;  ///< the last line that it wrote
};

/// What a listener makes of a line.
enum class Heard {
    nothing,  ///< of interest yet
    it_runs,
    enough,  ///< the child is to end
};

/// Called with each line on standard output or error, without its end, and the processor time that the
/// child's threads have had until then.
using LineListener = std::function<Heard(std::string_view line, double cpu_seconds)>;

struct ChildLimits {
    std::chrono::milliseconds whole;
    std::chrono::milliseconds until_it_runs = whole;
};

/// Runs a program (found by PATH) with no input. It ends with all that it has started. Throws
/// std::runtime_error if it cannot be started, and Interrupted once the user wants to leave.
ChildEnd run_child(const std::vector<std::string>& command, const ChildLimits& limits,
                   const LineListener& listener);

/// Ctrl-C, SIGTERM, or a terminal that is gone.
struct Interrupted {};

/// While one exists those signals end the present child and make run_child() throw.
class InterruptWatch {
public:
    InterruptWatch();
    ~InterruptWatch();
    InterruptWatch(const InterruptWatch&) = delete;
    InterruptWatch& operator=(const InterruptWatch&) = delete;
};

/// A folder of temporary files, gone with the object.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

}  // namespace calque::bench
