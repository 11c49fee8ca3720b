// Encodes records while the machine goes on.
#pragma once

#include "frontend/trace/encoder.hpp"
#include "frontend/trace/frame.hpp"
#include "frontend/trace/raw_record.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace calque::trace {

/// Makes frames of records on a thread of its own. The receiver gets them on the machine's, which waits when
/// it is too far ahead.
class BackgroundEncoder {
public:
    /// A frame holds `frame_instructions` at most.
    BackgroundEncoder(std::unique_ptr<FrameReceiver> receiver, std::uint64_t frame_instructions);
    ~BackgroundEncoder();
    BackgroundEncoder(const BackgroundEncoder&) = delete;
    BackgroundEncoder& operator=(const BackgroundEncoder&) = delete;

    /// A record to be filled in until the next call, with these accesses and, if not nullptr, all registers.
    /// The first must be a gap.
    RawRecord& add(std::span<const Access> accesses, const Registers* all);
    /// Throws UsageError if the host did not take it all.
    void finish();

private:
    struct Chunk {
        std::unique_ptr<std::byte[]> memory;
        std::size_t used = 0, capacity = 0;
    };

    // On the machine's thread.
    Chunk empty_chunk(std::size_t least);
    void hand_over();
    void deliver();
    void join();

    // On the thread.
    void work();
    void encode(const Chunk& chunk);
    void encode(const RawRecord& raw, std::span<const Access> accesses, const Registers* all);
    void encode_gap(const RawRecord& raw, const Registers& all);
    void begin_frame(std::uint64_t position, const Registers& registers);
    void end_frame();

    std::unique_ptr<FrameReceiver> receiver_;
    std::uint64_t frame_instructions_;
    Encoder encoder_;
    Registers frame_start_{};
    bool in_frame_ = false;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Chunk> full_;
    std::vector<Chunk> empty_;
    std::vector<Frame> frames_;  ///< to be delivered
    bool ends_ = false;
    std::string error_;
    Chunk filling_ = empty_chunk(0);  ///< the machine's thread's
    std::thread thread_;
};

}  // namespace calque::trace
