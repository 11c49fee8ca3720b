// Reads the records of a frame.
#pragma once

#include "frontend/trace/frame.hpp"
#include "frontend/trace/model.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace calque::trace {

class Decoder {
public:
    /// `frame` is what Encoder::finish() gave; it must stay. Throws TraceError, as next() does.
    void begin(std::span<const std::uint8_t> frame, const FrameHeader& header, const Registers& registers);
    /// False: the frame has no more. `record` keeps its room from call to call; its registers are those that
    /// `keep_registers` asked for.
    bool next(Record& record);

    bool at_end() const { return left_ == 0; }
    /// What is left of the frame is not read.
    void stop() { left_ = 0; }

    /// After the record read last.
    const Registers& registers() const { return model_.registers; }
    /// Record::before and Record::after cost something: off unless asked for.
    void keep_registers(bool keep) { keeps_registers_ = keep; }

private:
    Known& known_of(Record& record);
    void hear_told();
    void hear_gap(const Record& gap);
    void hear_step(Record& record);
    void hear_extra(Record& record);
    void hear_pages();
    void add(const Access& access);
    void hear_accesses(Known& known);
    void hear_accesses_as_before(Known& known);
    void hear_other_accesses(Known& known);
    void hear_address(Known& known, unsigned number, Access& access);
    void hear_value(Known& known, unsigned number, Access& access);
    void hear_gprs(Known& known, Registers& after);
    void hear_flags(Known& known, Registers& after);
    void hear_rip(Known& known, Registers& after);
    void hear_registers(Registers& after);
    Code hear_code();
    bool is_told(std::uint8_t what) const { return told_ & what; }

    Model model_;
    Registers after_{};
    std::vector<Access> accesses_;
    std::array<ByteReader, stream_count> streams_;
    std::uint64_t left_ = 0, number_ = 0;
    std::uint64_t run_ = 0;
    bool run_is_known_ = false;
    std::uint8_t told_ = 0;
    bool keeps_registers_ = false;
};

}  // namespace calque::trace
