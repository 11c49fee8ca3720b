// From frame to frame.
#include "frontend/trace/record_stream.hpp"

#include "frontend/usage_error.hpp"

#include <fmt/format.h>

namespace calque::trace {

bool RecordStream::load_next() {
    if (!loaded_) loaded_ = load(frame_);
    return loaded_;
}

bool RecordStream::next(Record& record) {
    try {
        do {
            while (!decoder_.next(record)) {
                if (!load_next()) return false;
                loaded_ = false;
                decoder_.begin(frame_.bytes, frame_.header, frame_.registers);
            }
        } while (record.number < start_);
    } catch (const TraceError& error) {
        throw UsageError(fmt::format("{}: {}", name(), error.what()));
    }
    return true;
}

const Frame* RecordStream::next_frame() {
    const bool whole = decoder_.at_end() && load_next() && frame_.header.first >= start_;
    return whole ? &frame_ : nullptr;
}

void RecordStream::leave_frame() {
    decoder_.stop();
    loaded_ = false;
}

}  // namespace calque::trace
