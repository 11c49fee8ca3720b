// From frame to frame.
#include "frontend/trace/reader.hpp"

#include "frontend/usage_error.hpp"

#include <fmt/format.h>

namespace calque::trace {

void Reader::seek(std::uint64_t number) {
    in_frame_ = false;
    next_frame_ = 0;
    while (next_frame_ < file_.frames() && file_.header(next_frame_).end <= number) ++next_frame_;
}

bool Reader::next(Record& record) {
    try {
        while (!in_frame_ || !decoder_.next(record)) {
            in_frame_ = false;
            if (next_frame_ == file_.frames()) return false;
            Registers registers;
            frame_ = file_.load(next_frame_, registers);
            decoder_.begin(frame_, file_.header(next_frame_), registers);
            ++next_frame_;
            in_frame_ = true;
        }
    } catch (const TraceError& error) {
        throw UsageError(fmt::format("{}: {}", file_.path(), error.what()));
    }
    return true;
}

}  // namespace calque::trace
