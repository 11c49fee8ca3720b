// SDL's sound device.
#include "frontend/sound.hpp"

#include <SDL.h>
#include <fmt/format.h>

namespace calque {

namespace {

class SdlSoundDevice final : public SoundDevice {
public:
    SdlSoundDevice(SoundRing& ring, std::int64_t hertz) : ring_(ring) {
        constexpr Uint16 frames_a_call = 512;
        if (SDL_InitSubSystem(SDL_INIT_AUDIO) != 0) return;
        initialized_ = true;
        SDL_AudioSpec wanted{};
        wanted.freq = static_cast<int>(hertz);
        wanted.format = AUDIO_S16SYS;
        wanted.channels = 2;
        wanted.samples = frames_a_call;
        wanted.userdata = this;
        wanted.callback = [](void* self, Uint8* bytes, int size) {
            static_cast<SdlSoundDevice*>(self)->ring_.pull(
                {reinterpret_cast<std::int16_t*>(bytes),
                 static_cast<std::size_t>(size) / sizeof(std::int16_t)});
        };
        device_ = SDL_OpenAudioDevice(nullptr, 0, &wanted, nullptr, 0);
        if (device_) SDL_PauseAudioDevice(device_, 0);
    }
    ~SdlSoundDevice() override {
        if (device_) SDL_CloseAudioDevice(device_);
        if (initialized_) SDL_QuitSubSystem(SDL_INIT_AUDIO);
    }
    SdlSoundDevice(const SdlSoundDevice&) = delete;
    SdlSoundDevice& operator=(const SdlSoundDevice&) = delete;

    bool works() const { return device_ != 0; }

private:
    SoundRing& ring_;
    bool initialized_ = false;
    SDL_AudioDeviceID device_ = 0;
};

}  // namespace

std::vector<std::string> sound_names() { return {"sdl", "file:F", "none"}; }

std::unique_ptr<SoundDevice> open_sound_device(SoundRing& ring, std::int64_t hertz) {
    auto device = std::make_unique<SdlSoundDevice>(ring, hertz);
    if (device->works()) return device;
    fmt::print(stderr, "calque: no sound: {}\n", SDL_GetError());
    return nullptr;
}

}  // namespace calque
