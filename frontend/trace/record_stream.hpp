// Records, one after the other, wherever their frames come from.
#pragma once

#include "frontend/trace/decoder.hpp"
#include "frontend/trace/frame.hpp"

#include <cstdint>
#include <string>

namespace calque::trace {

class RecordStream {
public:
    RecordStream() = default;
    virtual ~RecordStream() = default;
    RecordStream(const RecordStream&) = delete;
    RecordStream& operator=(const RecordStream&) = delete;

    /// False: there are no more. Throws UsageError where a frame is damaged.
    bool next(Record& record);
    void keep_registers(bool keep) { decoder_.keep_registers(keep); }
    /// After the record read last.
    const Registers& registers() const { return decoder_.registers(); }

    /// The frame that comes next, if all of it will be read; else, and in the midst of one, nullptr.
    const Frame* next_frame();
    /// That one need not be read.
    void pass_frame() { loaded_ = false; }
    /// What stands before instruction `number` is passed over.
    virtual void go_to(std::uint64_t number) { start_ = number; }

protected:
    virtual bool load(Frame& frame) = 0;
    virtual std::string name() const = 0;
    /// The next record is that of a frame yet to be loaded.
    void leave_frame();

private:
    bool load_next();

    Decoder decoder_;
    Frame frame_;
    bool loaded_ = false;
    std::uint64_t start_ = 0;
};

}  // namespace calque::trace
