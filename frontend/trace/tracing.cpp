// Recorders come and go.
#include "frontend/trace/tracing.hpp"

#include "frontend/trace/expression.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace calque::trace {

Tracing::Tracing(Machine& machine) : machine_(machine) {
    machine.on_load([this] { state_loaded(); });
}

Tracing::~Tracing() {
    if (observing_) machine_.board().processor().cpu().observe(nullptr);
}

void Tracing::start(const TraceOptions& options) {
    stop();
    RecorderSettings settings{.path = options.path, .ring = options.ring};
    settings.start = options.start;
    settings.stop = options.stop;
    if (!options.filter.empty())
        settings.filter = [expression = Expression(options.filter)](const Place& place) {
            return expression.holds({.linear = place.linear,
                                     .number = place.number,
                                     .cpl = place.cpl,
                                     .mode = cpu_mode(place.mode)});
        };
    settings.on_stop = [this] { machine_.at_next_border([this] { stop(); }); };
    recorder_ = std::make_unique<Recorder>(std::move(settings));
    const bool waits = options.start && options.start->kind == Trigger::Kind::count;
    start_count_ = waits ? options.start->value : 0;
    if (start_count_ <= machine_.board().processor().cpu().state.instructions) begin_observing();
}

void Tracing::begin_observing() {
    if (!recorder_ || observing_) return;
    observing_ = true;
    machine_.board().processor().cpu().observe(recorder_.get());
}

/// Instructions are told by their numbers, which are others now.
void Tracing::state_loaded() {
    if (!observing_) return;
    stop();
    fmt::print(stderr, "calque: a state was loaded: the trace ends before it\n");
}

void Tracing::stop() {
    if (!recorder_) return;
    if (std::exchange(observing_, false)) machine_.board().processor().cpu().observe(nullptr);
    const auto recorder = std::move(recorder_);
    recorder->finish();
}

}  // namespace calque::trace
