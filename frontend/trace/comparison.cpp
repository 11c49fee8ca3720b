// Two streams of records side by side.
#include "frontend/trace/comparison.hpp"

#include <utility>

namespace calque::trace {
namespace {

bool is_instruction(const Record& record) {
    return record.kind == RecordKind::retired || record.kind == RecordKind::faulted;
}

bool same_code(const Record& left, const Record& right) {
    return left.code.linear == right.code.linear && left.code.physical == right.code.physical &&
           left.code.bytes == right.code.bytes;
}

bool same(const Record& left, const Record& right) {
    return left.kind == right.kind && left.number == right.number && left.delivery == right.delivery &&
           (!is_instruction(left) || same_code(left, right)) && left.accesses == right.accesses &&
           left.before == right.before && left.after == right.after;
}

/// Whether two that are not the same are at least about the same.
bool alike(const Record& left, const Record& right) {
    return left.kind == right.kind && (!is_instruction(left) || left.code.linear == right.code.linear);
}

class SideBySide {
public:
    SideBySide(RecordStream& left, RecordStream& right, Extent extent, std::size_t context)
        : left_(left), right_(right), is_part_(extent == Extent::part), context_(context), parted_(is_part_) {
        left.keep_registers(true);
        right.keep_registers(true);
    }

    std::optional<RecordDifference> find() {
        for (;;) {
            pass_same_frames();
            next();
            if (!found_.has_left && (is_part_ || !found_.has_right)) return std::nullopt;
            if (!agree()) break;
            remember(found_.left);
        }
        if (found_.context.size() < context_) remember_frame();
        return std::move(found_);
    }

private:
    bool agree() const { return found_.has_left && found_.has_right && same(found_.left, found_.right); }

    /// Frames that are the same byte by byte need no closer look.
    void pass_same_frames() {
        const Frame* left = nullptr;
        const Frame* right = nullptr;
        while ((left = left_.next_frame()) && (right = right_.next_frame()) && *left == *right) {
            if (context_) passed_ = *left;
            found_.context.clear();
            left_.pass_frame();
            right_.pass_frame();
            parted_ = false;
        }
    }

    void next() {
        found_.has_left = left_.next(found_.left);
        if (is_part_ && found_.has_left && found_.left.kind == RecordKind::gap && found_.left.skipped) {
            right_.go_to(found_.left.number + found_.left.skipped);
            found_.has_left = left_.next(found_.left);
            parted_ = true;
        }
        found_.has_right = right_.next(found_.right);
        if (std::exchange(parted_, false)) meet();
    }

    /// Events in front of the left one's first record at this count may be left out as well.
    void meet() {
        std::optional<Record> nearest;
        while (found_.has_right && !agree() && found_.right.number <= found_.left.number) {
            if (!nearest || alike(found_.left, found_.right)) nearest = found_.right;
            found_.has_right = right_.next(found_.right);
        }
        if (agree() || !nearest) return;
        found_.right = std::move(*nearest);
        found_.has_right = true;
    }

    void remember(const Record& record) {
        if (context_ == 0) return;
        if (found_.context.size() == context_) found_.context.pop_front();
        found_.context.push_back(record);
    }

    /// The end of the last frame that was passed stands before what has been read since.
    void remember_frame() {
        if (passed_.bytes.empty()) return;
        const std::deque<Record> since = std::exchange(found_.context, {});
        Decoder decoder;
        decoder.keep_registers(true);
        decoder.begin(passed_.bytes, passed_.header, passed_.registers);
        Record record;
        while (decoder.next(record)) remember(record);
        for (const Record& later : since) remember(later);
    }

    RecordStream& left_;
    RecordStream& right_;
    bool is_part_;
    std::size_t context_;
    bool parted_;  ///< the left one comes from a gap
    RecordDifference found_;
    Frame passed_;
};

}  // namespace

std::optional<RecordDifference> first_difference(RecordStream& left, RecordStream& right, Extent extent,
                                                 std::size_t context) {
    return SideBySide(left, right, extent, context).find();
}

}  // namespace calque::trace
