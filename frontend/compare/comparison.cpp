// Running side by side, and narrowing.
#include "frontend/compare/comparison.hpp"

#include "devices/rate.hpp"

#include <algorithm>

namespace calque {

namespace {

/// How many instructions are looked at one by one, and how many may be translated together.
constexpr std::uint64_t closest = 64;
/// A nearer start saves time only while there is far to go, and what is right behind it may not show from
/// there.
constexpr std::uint64_t close = 100'000;

bool same_end(const RunResult& a, const RunResult& b) { return a.end == b.end && a.value == b.value; }

}  // namespace

void Comparison::run_both(std::uint64_t count) {
    auto second = second_.run_to(count);
    first_.run_to(count).get();
    second.get();
}

bool Comparison::ends_differ() const {
    return !same_end(first_.result(), second_.result()) || first_.instructions() != second_.instructions();
}

bool Comparison::differ_quickly() {
    ++looks_;
    return ends_differ() || hash_chips(first_.board()) != hash_chips(second_.board());
}

// The two memories are hashed at the same time: it is what takes the time.
bool Comparison::differ() {
    if (differ_quickly()) return true;
    auto second = std::async(std::launch::async, [this] { return hash_state(second_.board()); });
    const StateHash first = hash_state(first_.board());
    return first != second.get();
}

/// Keeps the present state, and of those before fewer the older they are.
void Comparison::keep() {
    const SavedState* like = kept_.empty() ? nullptr : kept_.back().get();
    kept_.push_back(std::make_shared<const SavedState>(first_.save(like)));
    const std::uint64_t now = kept_.back()->instructions;
    for (std::size_t i = kept_.size() - 2; kept_.size() > 3 && i >= 1; --i) {
        const std::uint64_t gap = kept_[i + 1]->instructions - kept_[i - 1]->instructions;
        if (gap <= (now - kept_[i - 1]->instructions) / 2)
            kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

std::optional<Difference> Comparison::run(std::uint64_t end, const std::function<bool()>& stop) {
    keep();
    same_until_ = first_.instructions();
    while (!stop()) {
        const std::uint64_t count = std::min(end, next_multiple(first_.instructions(), look_interval));
        run_both(count);
        const bool whole = ended() || count == end || count % whole_interval == 0;
        if (whole ? differ() : differ_quickly()) return narrow(count);
        if (whole) same_until_ = first_.instructions();
        if (ended() || count == end) break;
        const bool far = count >= kept_.back()->instructions + std::max(whole_interval * 4, count / 8);
        if (whole && far) keep();
        progress_({count, false});
    }
    return std::nullopt;
}

Comparison::Kept Comparison::nearest(std::uint64_t count) const {
    const auto beyond =
        std::ranges::upper_bound(kept_, count, {}, [](const Kept& k) { return k->instructions; });
    return *(beyond - 1);
}

void Comparison::load_both(const SavedState& state) {
    first_.load(state);
    second_.load(state);
}

/// Whether machines that come from `origin` with engines that have seen nothing differ at `count`. The way
/// there has the stops that it had before: they are part of it.
bool Comparison::differ_from(const Kept& origin, std::uint64_t count) {
    const Kept& near = nearest(count);
    for (ComparedMachine* machine : {&first_, &second_}) {
        machine->load(machine->remembers() ? *origin : *near);
        machine->renew_engine();
    }
    for (std::uint64_t at = next_multiple(origin->instructions, look_interval); at < count;
         at += look_interval)
        run_both(at);
    run_both(count);
    progress_({count, true});
    return differ();
}

/// The latest kept state from which the difference shows again.
Comparison::Kept Comparison::reproducing_origin(std::uint64_t high) {
    for (std::size_t i = kept_.size(); i-- > 0;) {
        if (differ_from(kept_[i], high)) return kept_[i];
    }
    return kept_.front();
}

Difference Comparison::narrow(std::uint64_t high) {
    std::uint64_t low = same_until_;
    Kept origin = reproducing_origin(high);
    low = std::max(low, origin->instructions);
    while (high - low > 1) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (differ_from(origin, middle)) {
            high = middle;
            continue;
        }
        low = middle;
        auto here = std::make_shared<const SavedState>(first_.save(nearest(low).get()));
        kept_.erase(
            std::ranges::upper_bound(kept_, low - 1, {}, [](const Kept& k) { return k->instructions; }),
            kept_.end());
        kept_.push_back(std::move(here));
        if (high - low > close && differ_from(kept_.back(), high)) origin = kept_.back();
    }
    Difference difference{.from = low, .to = high, .since = origin->instructions};
    const std::uint64_t start = std::max(kept_.front()->instructions, high - std::min(high, closest));
    if (one_by_one(state_at(start), high, difference) || together(high, difference)) return difference;
    difference.before = *state_at(low);
    differ_from(origin, high);
    take_after(difference);
    return difference;
}

/// Of the first machine, which is the measure.
Comparison::Kept Comparison::state_at(std::uint64_t count) {
    const Kept near = nearest(count);
    if (near->instructions == count) return near;
    first_.load(*near);
    first_.renew_engine();
    first_.run_to(count).get();
    return std::make_shared<const SavedState>(first_.save(near.get()));
}

void Comparison::take_after(Difference& difference) {
    difference.first = first_.save(&difference.before);
    difference.second = second_.save(&difference.before);
    difference.first_end = first_.result();
    difference.second_end = second_.result();
}

/// Does the difference show when every instruction is translated by itself?
bool Comparison::one_by_one(const Kept& start, std::uint64_t high, Difference& difference) {
    for (ComparedMachine* machine : {&first_, &second_}) machine->use_eager_engine(1);
    load_both(*start);
    for (std::uint64_t count = start->instructions; count < high; ++count) {
        const SavedState before = first_.save(start.get());
        run_both(count + 1);
        if (!differ()) continue;
        difference = {
            .kind = Difference::Kind::instruction, .from = count, .to = count + 1, .before = before};
        take_after(difference);
        return true;
    }
    return false;
}

/// How few instructions have to be translated together for it to show?
bool Comparison::together(std::uint64_t high, Difference& difference) {
    const std::uint64_t most =
        std::min<std::uint64_t>(Block::max_instructions, high - kept_.front()->instructions);
    for (std::uint64_t length = 2; length <= most; ++length) {
        const Kept start = state_at(high - length);
        if (shortest_together(start, high, difference)) return true;
    }
    return false;
}

bool Comparison::shortest_together(const Kept& start, std::uint64_t high, Difference& difference) {
    const auto differs_at = [&](std::uint64_t count) {
        load_both(*start);
        for (ComparedMachine* machine : {&first_, &second_})
            machine->use_eager_engine(static_cast<unsigned>(count - start->instructions));
        run_both(count);
        return differ();
    };
    if (!differs_at(high)) return false;
    std::uint64_t count = start->instructions + 1;
    while (count < high && !differs_at(count)) ++count;
    if (count == high) differs_at(high);
    difference = {
        .kind = Difference::Kind::together, .from = start->instructions, .to = count, .before = *start};
    take_after(difference);
    return true;
}

}  // namespace calque
