/* window_font.c - a TrueType font by SDL_ttf, its characters kept as coverage once they have been drawn. */
#include "view/window.h"

#ifdef RS_SDL_TTF
#include <SDL_ttf.h>
#include <string.h>

#include "host/host.h"

/* Pixels of an em at which DejaVu Sans Mono has cells about as wide as the bitmap font's. */
static const int em_sizes[FONT_ZOOMS] = { 13, 17, 20, 27, 40, 53 };

enum { KEPT = 1024 };

struct kept {
	uint32_t key; /* character, and bold in the highest bit; 0: nothing */
	bool provided;
	uint8_t *coverage;
};

struct smooth {
	const struct rs_host *host;
	const char *path;
	TTF_Font *font;
	int width, height;
	struct kept kept[KEPT];
};

static const char *const places[] = {
	"/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
	"/usr/share/fonts/dejavu-sans-mono-fonts/DejaVuSansMono.ttf",
	"/usr/share/fonts/dejavu/DejaVuSansMono.ttf",
	"/usr/share/fonts/TTF/DejaVuSansMono.ttf",
};

static void forget(struct smooth *s)
{
	for (size_t i = 0; i < KEPT; i++) {
		host_release(s->host, s->kept[i].coverage);
		s->kept[i] = (struct kept){ 0, false, NULL };
	}
}

void smooth_close(struct smooth *s)
{
	if (!s)
		return;
	forget(s);
	if (s->font)
		TTF_CloseFont(s->font);
	TTF_Quit();
	host_release(s->host, s);
}

static TTF_Font *first_font(const char **path)
{
	TTF_Font *font = NULL;
	if (*path)
		return TTF_OpenFont(*path, em_sizes[0]);
	for (size_t i = 0; !font && i < sizeof(places) / sizeof(places[0]); i++) {
		*path = places[i];
		font = TTF_OpenFont(*path, em_sizes[0]);
	}
	return font;
}

struct smooth *smooth_open(const struct rs_host *host, const char *path, struct rs_error *why)
{
	struct smooth *s = host_alloc(host, sizeof(*s));
	if (!s || TTF_Init()) {
		host_release(host, s);
		error_set(why, RS_ERROR_MEMORY, "no memory for a font");
		return NULL;
	}
	s->host = host;
	s->path = path;
	s->font = first_font(&s->path);
	if (s->font && TTF_FontFaceIsFixedWidth(s->font))
		return s;
	error_set(why, RS_ERROR_NOT_FOUND,
		  path ? "%s: no TrueType font of fixed width" : "no DejaVu Sans Mono (Debian: fonts-dejavu-core)",
		  path);
	smooth_close(s);
	return NULL;
}

/* The middle of the line's height is the cell's; what hangs over its edges is cut. */
static void copy_coverage(const struct smooth *s, const SDL_Surface *from, uint8_t *to)
{
	for (int y = 0; y < s->height && y < from->h; y++) {
		const uint8_t *row = (const uint8_t *)from->pixels + (ptrdiff_t)y * from->pitch;
		for (int x = 0; x < s->width && x < from->w; x++) {
			uint32_t pixel;
			memcpy(&pixel, row + 4 * x, sizeof(pixel));
			to[y * s->width + x] = (uint8_t)(pixel >> 24);
		}
	}
}

static bool render(struct smooth *s, uint32_t character, bool bold, struct kept *k)
{
	static const SDL_Color white = { 255, 255, 255, 255 };
	host_release(s->host, k->coverage);
	*k = (struct kept){ character | (uint32_t)bold << 31, TTF_GlyphIsProvided32(s->font, character), NULL };
	if (!k->provided)
		return true;
	TTF_SetFontStyle(s->font, bold ? TTF_STYLE_BOLD : TTF_STYLE_NORMAL);
	SDL_Surface *surface = TTF_RenderGlyph32_Blended(s->font, character, white);
	k->coverage = host_alloc(s->host, (size_t)(s->width * s->height));
	bool good = surface && k->coverage;
	if (good)
		copy_coverage(s, surface, k->coverage);
	SDL_FreeSurface(surface);
	if (!good)
		k->key = 0;
	return good;
}

static bool smooth_glyph(const struct font *f, uint32_t character, bool bold, uint8_t *coverage)
{
	struct smooth *s = f->arg;
	struct kept *k = &s->kept[(character ^ (uint32_t)bold << 9) % KEPT];
	if (k->key != (character | (uint32_t)bold << 31) && !render(s, character, bold, k))
		return false;
	if (k->provided)
		memcpy(coverage, k->coverage, (size_t)(s->width * s->height));
	return k->provided;
}

bool smooth_font(struct smooth *s, unsigned zoom, struct font *f)
{
	int width;
	TTF_SetFontStyle(s->font, TTF_STYLE_NORMAL); /* bold letters are wider */
	if (TTF_SetFontSize(s->font, em_sizes[zoom - 1]) ||
	    TTF_GlyphMetrics32(s->font, 'M', NULL, NULL, NULL, NULL, &width))
		return false;
	int height = TTF_FontHeight(s->font);
	if (width < 1 || width > FONT_WIDEST || height < 1 || height > FONT_HIGHEST)
		return false;
	forget(s);
	s->width = width;
	s->height = height;
	*f = (struct font){ .width = width, .height = height, .glyph = smooth_glyph, .arg = s };
	return true;
}
#else
#include "host/host.h"

struct smooth *smooth_open(const struct rs_host *host, const char *path, struct rs_error *why)
{
	(void)host, (void)path;
	error_set(why, RS_ERROR_NOT_FOUND, "built without SDL_ttf (Debian: libsdl2-ttf-dev)");
	return NULL;
}

void smooth_close(struct smooth *s)
{
	(void)s;
}

bool smooth_font(struct smooth *s, unsigned zoom, struct font *f)
{
	(void)s, (void)zoom, (void)f;
	return false;
}
#endif
