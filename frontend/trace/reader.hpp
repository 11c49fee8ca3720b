// The records of a trace file, one after the other.
#pragma once

#include "frontend/trace/container.hpp"
#include "frontend/trace/decoder.hpp"

#include <cstdint>
#include <string>

namespace calque::trace {

class Reader {
public:
    /// Throws UsageError, as next() does where the file is damaged.
    explicit Reader(const std::string& path) : file_(path) {}

    const TraceFile& file() const { return file_; }
    /// The next record is the first of the frame that holds instruction `number`, or of the next one.
    void seek(std::uint64_t number);
    bool next(Record& record);
    void keep_registers(bool keep) { decoder_.keep_registers(keep); }
    /// After the record read last.
    const Registers& registers() const { return decoder_.registers(); }

private:
    TraceFile file_;
    Decoder decoder_;
    Bytes frame_;
    std::size_t next_frame_ = 0;
    bool in_frame_ = false;
};

}  // namespace calque::trace
