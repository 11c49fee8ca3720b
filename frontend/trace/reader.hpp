// The records of a trace file, one after the other.
#pragma once

#include "frontend/trace/container.hpp"
#include "frontend/trace/record_stream.hpp"

#include <cstdint>
#include <string>

namespace calque::trace {

class Reader final : public RecordStream {
public:
    /// Throws UsageError, as next() does where the file is damaged.
    explicit Reader(const std::string& path) : file_(path) {}

    const TraceFile& file() const { return file_; }
    /// The next record is the first of the frame that holds instruction `number`, or of the next one.
    void seek(std::uint64_t number);
    void go_to(std::uint64_t number) override;

private:
    bool load(Frame& frame) override;
    std::string name() const override { return file_.path(); }

    TraceFile file_;
    std::size_t next_frame_ = 0;
};

/// A trace that was cut is worth reading, but not silently: a line on standard error.
void warn_if_cut(const TraceFile& file);

}  // namespace calque::trace
