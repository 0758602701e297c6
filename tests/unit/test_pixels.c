/* test_pixels.c - letters, lines and blocks as pixels, and pictures of them as files. */
#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/host.h"
#include "view/pixels.h"

static const struct theme plain = { .name = "plain",
				    .look = { [STYLE_TEXT] = { { 255, 255, 255 }, { 0, 0, 64 }, false, false },
					      [STYLE_BAD] = { { 255, 128, 0 }, { 0, 0, 0 }, true, false },
					      [STYLE_KEY] = { { 1, 2, 3 }, { 4, 5, 6 }, false, true } } };

static size_t inked(const struct font *f, const uint8_t *coverage)
{
	size_t n = 0;
	for (int i = 0; i < f->width * f->height; i++)
		n += coverage[i] != 0;
	return n;
}

/* ASCII, and what the panes use besides: each a character of its own, none of them the box of a missing one. */
static void test_letters_are_there(void **state)
{
	uint8_t hollow[FONT_WIDEST * FONT_HIGHEST], one[FONT_WIDEST * FONT_HIGHEST];
	(void)state;
	for (unsigned zoom = 1; zoom <= FONT_ZOOMS; zoom++) {
		struct font f;
		font_bitmap(&f, zoom);
		size_t size = (size_t)(f.width * f.height);
		font_cell(&f, 0x10fffd, false, hollow);
		assert_true(inked(&f, hollow) > 0);
		for (uint32_t c = '!'; c <= '~'; c++) {
			font_cell(&f, c, c & 1, one);
			assert_true(inked(&f, one) > 0);
			assert_memory_not_equal(one, hollow, size);
		}
	}
}

static void test_sizes(void **state)
{
	static const int widths[] = { 8, 10, 12, 16, 24, 32 };
	struct font f;
	(void)state;
	for (unsigned zoom = 1; zoom <= FONT_ZOOMS; zoom++) {
		font_bitmap(&f, zoom);
		assert_int_equal(f.width, widths[zoom - 1]);
		assert_int_equal(f.height, 2 * f.width);
	}
	assert_int_equal(font_fitting_zoom(1024, 640), 1);
	assert_int_equal(font_fitting_zoom(1280, 800), 1);
	assert_int_equal(font_fitting_zoom(1920, 1080), 2);
	assert_int_equal(font_fitting_zoom(2560, 1440), 3);
	assert_int_equal(font_fitting_zoom(3840, 2160), 4);
}

/* A large font is the small one with larger pixels. */
static void test_scale(void **state)
{
	struct font one, two;
	uint8_t small[FONT_WIDEST * FONT_HIGHEST], large[FONT_WIDEST * FONT_HIGHEST];
	(void)state;
	font_bitmap(&one, 4);
	font_bitmap(&two, 6);
	font_cell(&one, 'g', false, small);
	font_cell(&two, 'g', false, large);
	for (int y = 0; y < two.height; y++)
		for (int x = 0; x < two.width; x++)
			assert_int_equal(large[y * two.width + x], small[y / 2 * one.width + x / 2]);
}

enum { UP = 1, RIGHT = 2, DOWN = 4, LEFT = 8 };

/* At which edges a cell has ink. */
static int edges(const struct font *f, const uint8_t *coverage)
{
	int found = 0;
	for (int x = 0; x < f->width; x++) {
		found |= coverage[x] ? UP : 0;
		found |= coverage[(f->height - 1) * f->width + x] ? DOWN : 0;
	}
	for (int y = 0; y < f->height; y++) {
		found |= coverage[y * f->width] ? LEFT : 0;
		found |= coverage[y * f->width + f->width - 1] ? RIGHT : 0;
	}
	return found;
}

/* A line leads to the edges that its name says and to no other, at every size. */
static void test_lines_join(void **state)
{
	static const struct {
		uint32_t character;
		int edges;
	} lines[] = {
		{ 0x2500, LEFT | RIGHT },
		{ 0x2502, UP | DOWN },
		{ 0x250c, RIGHT | DOWN },
		{ 0x2510, LEFT | DOWN },
		{ 0x2514, UP | RIGHT },
		{ 0x2518, UP | LEFT },
		{ 0x251c, UP | DOWN | RIGHT },
		{ 0x2524, UP | DOWN | LEFT },
		{ 0x252c, LEFT | RIGHT | DOWN },
		{ 0x2534, LEFT | RIGHT | UP },
		{ 0x253c, UP | DOWN | LEFT | RIGHT },
		{ 0x2501, LEFT | RIGHT },
		{ 0x2503, UP | DOWN },
		{ 0x2550, LEFT | RIGHT },
		{ 0x2551, UP | DOWN },
		{ 0x2554, RIGHT | DOWN },
		{ 0x255d, UP | LEFT },
		{ 0x256d, RIGHT | DOWN },
		{ 0x2574, LEFT },
		{ 0x2577, DOWN },
		{ 0x2588, UP | DOWN | LEFT | RIGHT },
	};
	uint8_t coverage[FONT_WIDEST * FONT_HIGHEST];
	(void)state;
	for (unsigned zoom = 1; zoom <= FONT_ZOOMS; zoom++)
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
			struct font f;
			font_bitmap(&f, zoom);
			font_cell(&f, lines[i].character, false, coverage);
			assert_int_equal(edges(&f, coverage), lines[i].edges);
		}
}

static size_t ink_of(uint32_t character)
{
	struct font f;
	uint8_t coverage[FONT_WIDEST * FONT_HIGHEST];
	font_bitmap(&f, 4);
	font_cell(&f, character, false, coverage);
	return inked(&f, coverage);
}

static void test_blocks(void **state)
{
	(void)state;
	for (uint32_t eighths = 1; eighths <= 8; eighths++) {
		assert_int_equal(ink_of(0x2580 + eighths), 64 * eighths);
		assert_int_equal(ink_of(0x2590 - eighths), 64 * eighths);
	}
	assert_int_equal(ink_of(0x2580), 256);
	assert_int_equal(ink_of(0x2591), 128);
	assert_int_equal(ink_of(0x2592), 256);
	assert_int_equal(ink_of(0x2593), 384);
	for (uint32_t c = 0x2596; c <= 0x259f; c++)
		assert_true(ink_of(c) == 128 || ink_of(c) == 256 || ink_of(c) == 384);
}

/* A picture of 20 columns and 4 rows, with 4 and 6 pixels left over. */
static struct pixels small_picture(const struct rs_host *host)
{
	struct pixels p = { .host = host };
	struct font f;
	font_bitmap(&f, 1);
	assert_true(pixels_shape(&p, 164, 70, &f, &plain));
	assert_int_equal(p.canvas.width, 20);
	assert_int_equal(p.canvas.height, 4);
	for (int i = 0; i < 80; i++)
		p.canvas.cell[i] = (struct cell){ ' ', STYLE_TEXT };
	return p;
}

static const uint8_t *pixel(const struct pixels *p, int x, int y)
{
	return p->rgba + 4 * (y * p->width + x);
}

static void assert_colour(const struct pixels *p, int x, int y, struct colour c)
{
	const uint8_t *at = pixel(p, x, y);
	assert_int_equal(at[0], c.red);
	assert_int_equal(at[1], c.green);
	assert_int_equal(at[2], c.blue);
	assert_int_equal(at[3], 255);
}

static void test_only_changes_are_drawn(void **state)
{
	struct pixels p = small_picture(rs_host_libc());
	(void)state;
	struct rect all = pixels_paint(&p);
	assert_int_equal(all.x, 2);
	assert_int_equal(all.y, 3);
	assert_int_equal(all.width, 160);
	assert_int_equal(all.height, 64);
	assert_int_equal(pixels_paint(&p).width, 0);
	p.canvas.cell[1 * 20 + 3] = (struct cell){ 0x2588, STYLE_BAD };
	p.canvas.cell[2 * 20 + 5] = (struct cell){ 'x', STYLE_TEXT };
	struct rect some = pixels_paint(&p);
	assert_int_equal(some.x, 2 + 3 * 8);
	assert_int_equal(some.y, 3 + 16);
	assert_int_equal(some.width, 3 * 8);
	assert_int_equal(some.height, 2 * 16);
	assert_int_equal(p.changed_count, 2);
	assert_int_equal(p.changed[1].x, 2 + 5 * 8);
	assert_int_equal(p.changed[1].y, 3 + 2 * 16);
	assert_int_equal(p.changed[1].width, 8);
	assert_int_equal(p.changed[1].height, 16);
	assert_colour(&p, 2 + 3 * 8, 3 + 16, plain.look[STYLE_BAD].ink);
	assert_colour(&p, 2 + 4 * 8, 3 + 16, plain.look[STYLE_TEXT].paper);
	pixels_free(&p);
}

static void test_margins_cursor_underline(void **state)
{
	struct pixels p = small_picture(rs_host_libc());
	(void)state;
	p.canvas.cursor_x = 19;
	p.canvas.cursor_y = 3;
	p.canvas.cell[0] = (struct cell){ ' ', STYLE_KEY };
	pixels_paint(&p);
	assert_colour(&p, 0, 0, plain.look[STYLE_TEXT].paper);
	assert_colour(&p, 163, 69, plain.look[STYLE_TEXT].paper);
	assert_colour(&p, 161, 66, plain.look[STYLE_TEXT].ink);
	assert_colour(&p, 2, 3, plain.look[STYLE_KEY].paper);
	assert_colour(&p, 2, 3 + 15, plain.look[STYLE_KEY].ink);
	p.canvas.cursor_x = -1;
	pixels_paint(&p);
	assert_colour(&p, 161, 66, plain.look[STYLE_TEXT].paper);
	pixels_free(&p);
}

/* A window may become smaller than one letter, whatever least size it asks for. */
static void test_less_than_a_cell(void **state)
{
	static const int sizes[][2] = { { 1, 1 }, { 20, 20 }, { 31, 200 }, { 200, 63 } };
	struct font f;
	(void)state;
	font_bitmap(&f, FONT_ZOOMS);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct pixels p = { .host = rs_host_libc() };
		int width = sizes[i][0], height = sizes[i][1];
		assert_true(pixels_shape(&p, width, height, &f, &plain));
		assert_true(p.left >= 0 && p.top >= 0);
		for (int k = 0; k < p.canvas.width * p.canvas.height; k++)
			p.canvas.cell[k] = (struct cell){ 0x2588, STYLE_BAD };
		struct rect all = pixels_paint(&p);
		assert_true(all.x >= 0 && all.y >= 0 && all.width > 0 && all.height > 0);
		assert_true(all.x + all.width <= width && all.y + all.height <= height);
		assert_colour(&p, all.x, all.y, plain.look[STYLE_BAD].ink);
		pixels_free(&p);
	}
}

static void test_cells_of_pixels(void **state)
{
	struct pixels p = small_picture(rs_host_libc());
	int column, row;
	(void)state;
	assert_false(pixels_cell_at(&p, 1, 10, &column, &row));
	assert_false(pixels_cell_at(&p, 10, 2, &column, &row));
	assert_false(pixels_cell_at(&p, 162, 10, &column, &row));
	assert_true(pixels_cell_at(&p, 161, 66, &column, &row));
	assert_int_equal(column, 19);
	assert_int_equal(row, 3);
	pixels_free(&p);
}

/* 164x70 pixels in a window of half as many points, of as many, and in one that is stretched. */
static void test_points(void **state)
{
	struct pixels p = small_picture(rs_host_libc());
	int column, row;
	(void)state;
	assert_true(pixels_cell_at_point(&p, 80, 33, 82, 35, &column, &row)); /* pixel 160, 66 */
	assert_int_equal(column, 19);
	assert_int_equal(row, 3);
	assert_true(pixels_cell_at_point(&p, 4, 9, 82, 35, &column, &row)); /* 8, 18: the last of the first cell */
	assert_int_equal(column, 0);
	assert_int_equal(row, 0);
	assert_true(pixels_cell_at_point(&p, 5, 10, 82, 35, &column, &row)); /* 10, 20 */
	assert_int_equal(column, 1);
	assert_int_equal(row, 1);
	assert_false(pixels_cell_at_point(&p, 0, 9, 82, 35, &column, &row)); /* left of the canvas */
	assert_false(pixels_cell_at_point(&p, 81, 9, 82, 35, &column, &row));
	assert_false(pixels_cell_at_point(&p, -1, 9, 82, 35, &column, &row));
	assert_false(pixels_cell_at_point(&p, 4, 9, 0, 35, &column, &row));
	assert_true(pixels_cell_at_point(&p, 161, 66, 164, 70, &column, &row));
	assert_int_equal(column, 19);
	assert_true(pixels_cell_at_point(&p, 240, 60, 246, 70, &column, &row)); /* pixel 160 */
	assert_int_equal(column, 19);
	pixels_free(&p);
}

static void test_file(void **state)
{
	struct pixels p = small_picture(rs_host_libc());
	struct rs_error why;
	char path[] = "/tmp/ringstep-picture-XXXXXX";
	png_image image = { .version = PNG_IMAGE_VERSION };
	(void)state;
	p.canvas.cell[22] = (struct cell){ 'R', STYLE_BAD };
	pixels_paint(&p);
	close(mkstemp(path));
	assert_true(picture_write(&p, path, &why));
	assert_true(png_image_begin_read_from_file(&image, path));
	image.format = PNG_FORMAT_RGBA;
	assert_int_equal(image.width, 164);
	assert_int_equal(image.height, 70);
	uint8_t *back = malloc(PNG_IMAGE_SIZE(image));
	assert_true(png_image_finish_read(&image, NULL, back, 0, NULL));
	assert_memory_equal(back, p.rgba, PNG_IMAGE_SIZE(image));
	free(back);
	unlink(path);
	pixels_free(&p);
}

/* A host whose allocations or writes fail from the one that is counted down to. */
struct failing {
	long allocations, writes;
};

static void *alloc_or_not(void *arg, size_t bytes)
{
	struct failing *f = arg;
	const struct rs_host *libc = rs_host_libc();
	return f->allocations-- ? libc->alloc(libc->arg, bytes) : NULL;
}

static long write_or_not(void *arg, int fd, const void *from, size_t bytes)
{
	struct failing *f = arg;
	const struct rs_host *libc = rs_host_libc();
	return f->writes-- ? libc->write(libc->arg, fd, from, bytes) : -ENOSPC;
}

static void test_no_memory_no_disk(void **state)
{
	static const char path[] = "/tmp/ringstep-picture-failing.png";
	struct failing f = { -1, -1 };
	struct rs_host host = *rs_host_libc();
	struct rs_error why;
	(void)state;
	host.arg = &f;
	host.alloc = alloc_or_not;
	host.write = write_or_not;
	struct pixels p = small_picture(&host);
	pixels_paint(&p);
	unsigned refused = 0;
	for (bool good = false; !good; refused += !good) {
		f.allocations = (long)refused;
		good = picture_write(&p, path, &why);
		f.allocations = -1;
		assert_int_equal(access(path, F_OK), good ? 0 : -1);
	}
	assert_true(refused > 3);
	unlink(path);
	f.writes = 0;
	assert_false(picture_write(&p, path, &why));
	assert_non_null(strstr(why.text, "no space"));
	assert_int_equal(access(path, F_OK), -1);
	for (long i = 0; i < 3; i++) { /* of its own three */
		struct font font = p.font;
		f.allocations = i;
		assert_false(pixels_shape(&p, 800, 600, &font, &plain));
		assert_int_equal(p.width, 164);
	}
	f.allocations = -1;
	pixels_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_letters_are_there),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_lines_join),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_only_changes_are_drawn),
		cmocka_unit_test(test_margins_cursor_underline),
		cmocka_unit_test(test_less_than_a_cell),
		cmocka_unit_test(test_cells_of_pixels),
		cmocka_unit_test(test_points),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_no_memory_no_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
