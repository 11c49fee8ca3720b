// Carries out a script beside a running machine.
#pragma once

#include "frontend/host_file.hpp"
#include "frontend/script.hpp"
#include "frontend/trace/tracing.hpp"
#include "frontend/transcript.hpp"
#include "frontend/typist.hpp"
#include "machine/machine.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace calque {

/// Looks a hundred times a second whether it can go on. A wait that runs out ends the run with status 6.
class ScriptRunner {
public:
    ScriptRunner(const std::string& path, Machine& machine, Transcript& transcript, trace::Tracing& tracing);
    ~ScriptRunner();
    ScriptRunner(const ScriptRunner&) = delete;
    ScriptRunner& operator=(const ScriptRunner&) = delete;

private:
    using TimePoint = std::chrono::steady_clock::time_point;

    void tick();
    /// True once the present line is done.
    bool advance();
    void give_up(const std::string& waited_for);
    bool run(const script::WaitText& action);
    bool run(const script::WaitGraphics& action);
    bool run(const script::Wait& action);
    bool run(const script::Type& action);
    bool run(const script::Press& action);
    bool run(const script::MoveMouse& action);
    bool run(const script::Change& action);
    bool run(const script::Eject& action);
    bool run(const script::Screenshot& action);
    bool run(const script::Trace& action);
    bool run(const script::Save& action);
    bool run(const script::Load& action);
    bool run(const script::Quit& action);
    bool late(Nanoseconds limit) const;
    /// Does something that may fail, which ends the run with status 2.
    template <typename Work>
    bool attempt(Work work);
    /// The same at the next border, where states can be saved and replaced; the line is done then.
    bool at_border(std::function<void()> work);

    std::string path_;
    std::vector<script::Line> lines_;
    Machine& machine_;
    Transcript& transcript_;
    trace::Tracing& tracing_;
    HostFile timer_;
    std::size_t line_ = 0;
    Typist typist_;
    bool typing_ = false;   ///< the present line
    bool pressed_ = false;  ///< its keys
    enum class Errand : std::uint8_t { none, waits, done } errand_ = Errand::none;
    TimePoint line_began_;
};

}  // namespace calque
