// An SDL window that shows pictures of any size.
#include "frontend/desktop/window.hpp"

#include <SDL.h>
#include <fmt/format.h>

#include <stdexcept>

namespace calque {

namespace {

template <typename T>
T* checked(T* made) {
    if (!made) throw std::runtime_error(fmt::format("the window cannot be opened: {}", SDL_GetError()));
    return made;
}

SDL_Renderer* make_renderer(SDL_Window* window) {
    if (SDL_Renderer* renderer = SDL_CreateRenderer(window, -1, 0)) return renderer;
    return SDL_CreateRenderer(window, -1, SDL_RENDERER_SOFTWARE);
}

}  // namespace

void Window::Closer::operator()(SDL_Window* window) const { SDL_DestroyWindow(window); }
void Window::Closer::operator()(SDL_Renderer* renderer) const { SDL_DestroyRenderer(renderer); }
void Window::Closer::operator()(SDL_Texture* texture) const { SDL_DestroyTexture(texture); }

Window::Window(const std::string& title)
    : window_(checked(SDL_CreateWindow(title.c_str(), SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, 720,
                                       400, SDL_WINDOW_RESIZABLE))),
      renderer_(checked(make_renderer(window_.get()))) {
    SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "linear");
}

void Window::resize(int width, int height) {
    width_ = width;
    height_ = height;
    texture_.reset(checked(SDL_CreateTexture(renderer_.get(), SDL_PIXELFORMAT_XRGB8888,
                                             SDL_TEXTUREACCESS_STREAMING, width, height)));
    SDL_RenderSetLogicalSize(renderer_.get(), width, height);
    if (!full_screen_) SDL_SetWindowSize(window_.get(), width, height);
}

void Window::show(const Framebuffer& picture) {
    const auto width = static_cast<int>(picture.width), height = static_cast<int>(picture.height);
    if (width == 0 || height == 0) return;
    if (width != width_ || height != height_) resize(width, height);
    SDL_UpdateTexture(texture_.get(), nullptr, picture.pixels.data(), width * int{sizeof(std::uint32_t)});
    redraw();
}

void Window::redraw() {
    SDL_RenderClear(renderer_.get());
    if (texture_) SDL_RenderCopy(renderer_.get(), texture_.get(), nullptr, nullptr);
    SDL_RenderPresent(renderer_.get());
}

void Window::set_title(const std::string& title) { SDL_SetWindowTitle(window_.get(), title.c_str()); }

void Window::toggle_full_screen() {
    full_screen_ = !full_screen_;
    SDL_SetWindowFullscreen(window_.get(), full_screen_ ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
    if (!full_screen_ && width_) SDL_SetWindowSize(window_.get(), width_, height_);
}

void Window::capture_mouse(bool captured) {
    mouse_captured_ = captured;
    SDL_SetRelativeMouseMode(captured ? SDL_TRUE : SDL_FALSE);
}

}  // namespace calque
