/* picture.c - a picture as PNG, by libpng, through the host's memory and files. */
#include <png.h>

#include "host/host.h"
#include "view/pixels.h"

struct png {
	const struct rs_host *host;
	struct out *out;
	struct rs_error *why;
	png_structp png;
	png_infop info;
};

static void put_bytes(png_structp png, png_bytep bytes, size_t size)
{
	out_write(png_get_io_ptr(png), bytes, size);
}

static void flush_nothing(png_structp png)
{
	(void)png;
}

static png_voidp take_memory(png_structp png, png_alloc_size_t size)
{
	return host_alloc(png_get_mem_ptr(png), size);
}

static void give_memory(png_structp png, png_voidp memory)
{
	host_release(png_get_mem_ptr(png), memory);
}

static void failed(png_structp png, png_const_charp text)
{
	error_set(png_get_error_ptr(png), RS_ERROR_MEMORY, "libpng: %.200s", text);
	png_longjmp(png, 1);
}

static void warned(png_structp png, png_const_charp text)
{
	(void)png, (void)text;
}

/* No filter: text compresses best without, and a test can read the rows as they are. */
static void put_rows(const struct png *w, const struct pixels *p)
{
	png_set_IHDR(w->png, w->info, (png_uint_32)p->width, (png_uint_32)p->height, 8, PNG_COLOR_TYPE_RGB,
		     PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_filter(w->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
	png_set_compression_level(w->png, 9);
	png_write_info(w->png, w->info);
	png_set_filler(w->png, 0, PNG_FILLER_AFTER);
	for (int y = 0; y < p->height; y++)
		png_write_row(w->png, p->rgba + 4 * (size_t)y * (size_t)p->width);
	png_write_end(w->png, NULL);
}

static bool encode(struct png *w, const struct pixels *p)
{
	if (setjmp(png_jmpbuf(w->png)))
		return false;
	w->info = png_create_info_struct(w->png);
	if (!w->info)
		return error_set(w->why, RS_ERROR_MEMORY, "no memory for a picture");
	put_rows(w, p);
	return true;
}

static bool encode_whole(struct png *w, const struct pixels *p)
{
	void *host = (void *)(uintptr_t)w->host; /* libpng hands it back as it is */
	w->png =
	    png_create_write_struct_2(PNG_LIBPNG_VER_STRING, w->why, failed, warned, host, take_memory, give_memory);
	if (!w->png)
		return error_set(w->why, RS_ERROR_MEMORY, "no memory for a picture");
	png_set_write_fn(w->png, w->out, put_bytes, flush_nothing);
	bool good = encode(w, p);
	png_destroy_write_struct(&w->png, &w->info);
	return good;
}

bool picture_write(const struct pixels *p, const char *path, struct rs_error *why)
{
	struct png w = { .host = p->host, .why = why, .out = out_open(p->host, path, why) };
	if (!w.out)
		return false;
	if (encode_whole(&w, p))
		return out_close(w.out, why);
	out_abandon(w.out);
	return false;
}
