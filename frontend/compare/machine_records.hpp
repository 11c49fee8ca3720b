// What a machine does, recorded while it runs: for comparing it with a trace.
#pragma once

#include "frontend/compare/compared_machine.hpp"
#include "frontend/trace/record_stream.hpp"
#include "frontend/trace/recorder.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace calque {

/// The records of a machine's run, which goes on as they are read. What is passed over runs at full speed
/// where it is far.
class MachineRecords final : public trace::RecordStream {
public:
    /// Ends where the machine does, or where `go_on`, which is asked now and then with the count of
    /// instructions, returns false. It does not run beyond `end` before somebody reads on there.
    MachineRecords(ComparedMachine& machine, std::uint64_t end, std::function<bool(std::uint64_t)> go_on)
        : machine_(machine), end_(end), go_on_(std::move(go_on)) {}
    ~MachineRecords() override { stop_observing(); }

    void go_to(std::uint64_t number) override;
    /// Whether `go_on` has ended it.
    bool stopped() const { return stopped_; }

private:
    bool load(trace::Frame& frame) override;
    std::string name() const override { return machine_.name(); }
    void run_on();
    void observe();
    void stop_observing();

    ComparedMachine& machine_;
    std::uint64_t end_;
    std::function<bool(std::uint64_t)> go_on_;
    std::unique_ptr<trace::Recorder> recorder_;
    std::deque<trace::Frame> frames_;
    bool ended_ = false, stopped_ = false;
};

}  // namespace calque
