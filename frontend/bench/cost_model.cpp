// T, I, X and the break-even.
#include "frontend/bench/cost_model.hpp"

#include <algorithm>
#include <cmath>

namespace calque::bench {
namespace {

constexpr double ns = 1e9;

std::optional<double> each(double seconds, std::uint64_t count) {
    if (count == 0) return std::nullopt;
    return std::max(seconds, 0.0) * ns / static_cast<double>(count);
}

}  // namespace

Work& Work::operator+=(const Work& other) {
    seconds += other.seconds;
    instructions += other.instructions;
    interpreted += other.interpreted;
    decoded += other.decoded;
    decoding_seconds += other.decoding_seconds;
    translated += other.translated;
    translation_seconds += other.translation_seconds;
    return *this;
}

CostModel cost_model(const Work& interpreter, const Work& translator) {
    CostModel model;
    const double decoding = interpreter.decoding_seconds + translator.decoding_seconds;
    if (decoding > 0) model.decode = each(decoding, interpreter.decoded + translator.decoded);
    model.interpret = each(interpreter.seconds - interpreter.decoding_seconds, interpreter.instructions);
    model.translate = each(translator.translation_seconds, translator.translated);
    const double cold = model.interpret.value_or(0) * static_cast<double>(translator.interpreted) / ns;
    model.execute =
        each(translator.seconds - translator.decoding_seconds - translator.translation_seconds - cold,
             translator.instructions - translator.interpreted);
    if (model.translate && model.interpret && model.execute && *model.interpret > *model.execute)
        model.break_even = *model.translate / (*model.interpret - *model.execute);
    return model;
}

std::uint32_t threshold_for(double break_even) {
    return static_cast<std::uint32_t>(std::max(1.0, std::ceil(break_even)));
}

}  // namespace calque::bench
