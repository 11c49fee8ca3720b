// A queue of records and the thread that empties it.
#include "frontend/trace/background_encoder.hpp"

#include "frontend/trace/code.hpp"
#include "frontend/trace/helper_thread.hpp"
#include "frontend/usage_error.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

namespace calque::trace {
namespace {

/// Some thousand records: waking the other thread costs little then, and the host's caches hold a few.
constexpr std::size_t usual_chunk = 512U << 10;
constexpr std::size_t longest_queue = 4;
/// So far ahead the other processor's lines are asked for.
constexpr std::size_t some_records = 2048;

static_assert(std::is_trivially_copyable_v<RawRecord> && std::is_trivially_copyable_v<Access>);
static_assert(sizeof(RawRecord) % alignof(Access) == 0 && sizeof(Access) % alignof(Registers) == 0);

}  // namespace

BackgroundEncoder::BackgroundEncoder(std::unique_ptr<FrameReceiver> receiver,
                                     std::uint64_t frame_instructions)
    : receiver_(std::move(receiver)), frame_instructions_(frame_instructions) {
    thread_ = start_helper([this] { work(); });
}

BackgroundEncoder::~BackgroundEncoder() { join(); }

// --- On the machine's thread

RawRecord& BackgroundEncoder::add(std::span<const Access> accesses, const Registers* all) {
    const std::size_t size = sizeof(RawRecord) + accesses.size_bytes() + (all ? sizeof(Registers) : 0);
    if (filling_.capacity - filling_.used < size) [[unlikely]] {
        hand_over();
        filling_ = empty_chunk(size);
    }
    std::byte* place = filling_.memory.get() + filling_.used;
    filling_.used += size;
    auto* raw = new (place) RawRecord;
    raw->access_count = static_cast<std::uint32_t>(accesses.size());
    raw->has_all = all != nullptr;
    place += sizeof(RawRecord);
    for (const Access& access : accesses) {
        std::memcpy(place, &access, sizeof(Access));
        place += sizeof(Access);
    }
    if (all) std::memcpy(place, all, sizeof(Registers));
    return *raw;
}

BackgroundEncoder::Chunk BackgroundEncoder::empty_chunk(std::size_t least) {
    const std::lock_guard lock(mutex_);
    if (least <= usual_chunk && !empty_.empty()) {
        Chunk chunk = std::move(empty_.back());
        empty_.pop_back();
        chunk.used = 0;
        return chunk;
    }
    const std::size_t capacity = std::max(least, usual_chunk);
    return {std::make_unique_for_overwrite<std::byte[]>(capacity), 0, capacity};
}

void BackgroundEncoder::hand_over() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return full_.size() < longest_queue; });
    full_.push_back(std::move(filling_));
    lock.unlock();
    changed_.notify_all();
    deliver();
}

void BackgroundEncoder::deliver() {
    std::vector<Frame> frames;
    {
        const std::lock_guard lock(mutex_);
        frames.swap(frames_);
    }
    for (Frame& frame : frames) receiver_->take(std::move(frame));
}

void BackgroundEncoder::join() {
    if (!thread_.joinable()) return;
    hand_over();
    {
        const std::lock_guard lock(mutex_);
        ends_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void BackgroundEncoder::finish() {
    join();
    if (!error_.empty()) throw UsageError(error_);
    deliver();
    receiver_->finish();
}

// --- On the thread

void BackgroundEncoder::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return ends_ || !full_.empty(); });
        const bool last = full_.empty();
        Chunk chunk;
        if (!last) {
            chunk = std::move(full_.front());
            full_.pop_front();
        }
        const bool failed = !error_.empty();
        lock.unlock();
        changed_.notify_all();
        std::string error;
        try {
            if (!failed && !last) encode(chunk);
            if (!failed && last && in_frame_ && encoder_.header().records) end_frame();
        } catch (const std::exception& thrown) {
            error = thrown.what();
        }
        lock.lock();
        if (!error.empty()) error_ = error;
        if (last) return;
        if (chunk.capacity == usual_chunk) empty_.push_back(std::move(chunk));
    }
}

void BackgroundEncoder::encode(const Chunk& chunk) {
    const std::byte* place = chunk.memory.get();
    const std::byte* const end = place + chunk.used;
    while (place < end) {
        for (std::size_t line = 0; line < 256; line += 64) __builtin_prefetch(place + some_records + line);
        const auto& raw = *reinterpret_cast<const RawRecord*>(place);
        place += sizeof(RawRecord);
        const std::span accesses(reinterpret_cast<const Access*>(place), raw.access_count);
        place += accesses.size_bytes();
        const auto* all = raw.has_all ? reinterpret_cast<const Registers*>(place) : nullptr;
        if (all) place += sizeof(Registers);
        if (raw.kind == RecordKind::gap)
            encode_gap(raw, *all);
        else
            encode(raw, accesses, all);
    }
}

void BackgroundEncoder::encode(const RawRecord& raw, std::span<const Access> accesses, const Registers* all) {
    Step step{.kind = raw.kind};
    step.accesses = accesses;
    step.gprs = raw.gprs.data();
    step.rip = raw.rip;
    step.rflags = raw.rflags;
    step.all = all;
    if (raw.kind == RecordKind::delivery) {
        step.delivery = raw.delivery;
        return encoder_.add(step);
    }
    if (encoder_.full() || encoder_.header().end - encoder_.header().first >= frame_instructions_) {
        end_frame();
        begin_frame(encoder_.header().end, encoder_.registers());
    }
    step.known = encoder_.match(raw.physical, raw.code32, {raw.bytes.data(), raw.length});
    if (step.known) return encoder_.add(step);
    const Code code = code_of(raw, encoder_.linear());
    step.code = &code;
    encoder_.add(step);
}

/// The first one starts the first frame.
void BackgroundEncoder::encode_gap(const RawRecord& raw, const Registers& all) {
    if (!in_frame_) return begin_frame(raw.position, all);
    Step step{.kind = RecordKind::gap};
    step.skipped = raw.position - encoder_.header().end;
    step.all = &all;
    encoder_.add(step);
}

void BackgroundEncoder::begin_frame(std::uint64_t position, const Registers& registers) {
    frame_start_ = registers;
    in_frame_ = true;
    encoder_.begin(position, frame_start_);
}

void BackgroundEncoder::end_frame() {
    Frame frame{encoder_.header(), frame_start_, encoder_.finish()};
    const std::lock_guard lock(mutex_);
    frames_.push_back(std::move(frame));
}

}  // namespace calque::trace
