// The frames of a file in turn.
#include "frontend/trace/reader.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace calque::trace {

void Reader::seek(std::uint64_t number) {
    leave_frame();
    next_frame_ = 0;
    while (next_frame_ < file_.frames() && file_.header(next_frame_).end <= number) ++next_frame_;
}

void Reader::go_to(std::uint64_t number) {
    seek(number);
    RecordStream::go_to(number);
}

bool Reader::load(Frame& frame) {
    if (next_frame_ == file_.frames()) return false;
    frame = file_.load(next_frame_);
    ++next_frame_;
    return true;
}

void warn_if_cut(const TraceFile& file) {
    if (file.cut())
        fmt::print(stderr, "calque: {}: was cut; {} whole frames are left of it\n", file.path(),
                   file.frames());
}

}  // namespace calque::trace
