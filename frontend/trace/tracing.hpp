// A machine's instruction trace: begun and ended by options, scripts and monitors.
#pragma once

#include "frontend/trace/recorder.hpp"
#include "frontend/trace/trace_options.hpp"
#include "machine/machine.hpp"

#include <memory>
#include <string>

namespace calque::trace {

class Tracing {
public:
    explicit Tracing(Machine& machine);
    ~Tracing();
    Tracing(const Tracing&) = delete;
    Tracing& operator=(const Tracing&) = delete;

    /// Between runs or at a block border. What was being recorded is ended first. Throws UsageError.
    void start(const TraceOptions& options);
    /// Ends it, if there is one. Throws UsageError if the host did not take the file.
    void stop();
    bool active() const { return recorder_ != nullptr; }
    /// The count of instructions before which nothing has to be looked at; none: ~0.
    std::uint64_t begins_at() const { return recorder_ && !observing_ ? start_count_ : ~0ULL; }
    /// To be called when the machine has got there.
    void begin_observing();

private:
    void state_loaded();

    Machine& machine_;
    std::unique_ptr<Recorder> recorder_;
    std::uint64_t start_count_ = 0;
    bool observing_ = false;
};

}  // namespace calque::trace
