// One piece of host code at a time.
#include "translator/host_assembler.hpp"

#include <algorithm>
#include <stdexcept>

namespace calque {
namespace {

class Thrower final : public asmjit::ErrorHandler {
public:
    void handleError(asmjit::Error, const char* message, asmjit::BaseEmitter*) override {
        throw std::logic_error(message);
    }
};

Thrower& thrower() {
    static Thrower instance;
    return instance;
}

}  // namespace

void HostAssembler::begin(const CodePlace& place) {
    base_ = place.hot;
    code_.reset();
    code_.init(asmjit::Environment::host(), reinterpret_cast<std::uint64_t>(place.hot));
    code_.setErrorHandler(&thrower());
    code_.newSection(&cold_, ".cold", SIZE_MAX, asmjit::SectionFlags::kExecutable);
    cold_->setOffset(static_cast<std::uint64_t>(place.cold - place.hot));
    code_.attach(this);
}

CodeSize HostAssembler::size() const { return {code_.textSection()->bufferSize(), cold_->bufferSize()}; }

void HostAssembler::finish(const WritablePlace& destination) {
    code_.resolveUnresolvedLinks();
    code_.relocateToBase(reinterpret_cast<std::uint64_t>(base_));
    const auto& hot = code_.textSection()->buffer();
    const auto& cold = cold_->buffer();
    std::copy(hot.begin(), hot.end(), destination.hot);
    std::copy(cold.begin(), cold.end(), destination.cold);
}

const std::uint8_t* HostAssembler::address_of(const Label& label) const {
    return base_ + code_.labelOffsetFromBase(label);
}

}  // namespace calque
