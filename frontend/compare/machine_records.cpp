// A recorder that follows whoever reads.
#include "frontend/compare/machine_records.hpp"

#include <algorithm>
#include <utility>

namespace calque {

namespace {

/// Instructions between looks at whether a frame is there, and a way that is worth going without a recorder.
constexpr std::uint64_t stretch = 1'000'000;

class FrameQueue final : public trace::FrameReceiver {
public:
    explicit FrameQueue(std::deque<trace::Frame>& frames) : frames_(frames) {}
    void take(trace::Frame frame) override { frames_.push_back(std::move(frame)); }
    void finish() override {}

private:
    std::deque<trace::Frame>& frames_;
};

}  // namespace

void MachineRecords::observe() {
    if (recorder_) return;
    recorder_ =
        std::make_unique<trace::Recorder>(trace::RecorderSettings{}, std::make_unique<FrameQueue>(frames_));
    machine_.board().processor().cpu().observe(recorder_.get());
}

/// What has been recorded becomes a frame.
void MachineRecords::stop_observing() {
    if (!recorder_) return;
    machine_.board().processor().cpu().observe(nullptr);
    recorder_->finish();
    recorder_.reset();
}

void MachineRecords::go_to(std::uint64_t number) {
    RecordStream::go_to(number);
    const std::uint64_t count = machine_.instructions();
    if (number <= count || (recorder_ && number < count + stretch)) return;
    stop_observing();
    frames_.clear();
    leave_frame();
    while (!ended_ && machine_.instructions() < number) {
        if (stopped_ = !go_on_(machine_.instructions()); stopped_) return;
        machine_.run_to(std::min(number, machine_.instructions() + 100 * stretch)).get();
        ended_ = machine_.result().end != RunEnd::bound;
    }
}

void MachineRecords::run_on() {
    const std::uint64_t count = machine_.instructions();
    const std::uint64_t target = count < end_ ? std::min(end_, count + stretch) : count + 1;
    observe();
    machine_.run_to(target).get();
    ended_ = machine_.result().end != RunEnd::bound;
    if (ended_ || target >= end_) stop_observing();
}

bool MachineRecords::load(trace::Frame& frame) {
    while (frames_.empty()) {
        if (ended_) return false;
        if (stopped_ = !go_on_(machine_.instructions()); stopped_) return false;
        run_on();
    }
    frame = std::move(frames_.front());
    frames_.pop_front();
    return true;
}

}  // namespace calque
