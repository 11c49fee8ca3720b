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

Window::Window(const std::string& title, Scaling scaling)
    : window_(checked(SDL_CreateWindow(title.c_str(), SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, 720,
                                       540, SDL_WINDOW_RESIZABLE))),
      renderer_(checked(make_renderer(window_.get()))),
      scaling_(scaling) {}

void Window::resize(Size picture, bool square_pixels) {
    picture_ = picture;
    square_pixels_ = square_pixels;
    texture_.reset(checked(SDL_CreateTexture(renderer_.get(), SDL_PIXELFORMAT_XRGB8888,
                                             SDL_TEXTUREACCESS_STREAMING, picture.width, picture.height)));
    follow_picture();
}

void Window::follow_picture() {
    const Size natural = natural_size(picture_, square_pixels_);
    if (full_screen_ || natural == followed_) return;
    followed_ = natural;
    SDL_SetWindowSize(window_.get(), natural.width, natural.height);
}

void Window::show(const Framebuffer& picture, bool square_pixels) {
    const Size size{static_cast<int>(picture.width), static_cast<int>(picture.height)};
    if (size.width == 0 || size.height == 0) return;
    if (size != picture_ || square_pixels != square_pixels_) resize(size, square_pixels);
    SDL_UpdateTexture(texture_.get(), nullptr, picture.pixels.data(),
                      size.width * int{sizeof(std::uint32_t)});
    redraw();
}

void Window::redraw() {
    SDL_RenderClear(renderer_.get());
    if (texture_) {
        Size window;
        SDL_GetRendererOutputSize(renderer_.get(), &window.width, &window.height);
        const Place place = place_in(window, picture_, square_pixels_, scaling_);
        const SDL_Rect target{place.x, place.y, place.width, place.height};
        SDL_SetTextureScaleMode(texture_.get(),
                                scaling_ == Scaling::smooth ? SDL_ScaleModeLinear : SDL_ScaleModeNearest);
        SDL_RenderCopy(renderer_.get(), texture_.get(), nullptr, &target);
    }
    SDL_RenderPresent(renderer_.get());
}

void Window::toggle_scaling() {
    scaling_ = scaling_ == Scaling::smooth ? Scaling::integer : Scaling::smooth;
    redraw();
}

void Window::set_title(const std::string& title) { SDL_SetWindowTitle(window_.get(), title.c_str()); }

void Window::toggle_full_screen() {
    full_screen_ = !full_screen_;
    SDL_SetWindowFullscreen(window_.get(), full_screen_ ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
    if (texture_) follow_picture();
}

void Window::capture_mouse(bool captured) {
    mouse_captured_ = captured;
    SDL_SetRelativeMouseMode(captured ? SDL_TRUE : SDL_FALSE);
}

}  // namespace calque
