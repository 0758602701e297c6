/* cmd_info.c - `info`: what is in a kernel image, read by the loader's own eyes. */
#include <inttypes.h>

#include "board/image.h"
#include "ui/ui.h"

#define FILE_LIMIT (256u << 20)

static void count_symbol(void *arg, const struct symbol *symbol)
{
	(void)symbol;
	++*(size_t *)arg;
}

static size_t count_symbols(const uint8_t *bytes, size_t size)
{
	size_t n = 0;
	image_symbols(bytes, size, count_symbol, &n);
	return n;
}

static void show_segments(struct ui *ui, const struct image *image)
{
	out_text(ui->out, "  segments  physical          linear            in memory   in file\n");
	for (size_t i = 0; i < image->segment_count; i++) {
		const struct image_segment *s = &image->segment[i];
		out_printf(ui->out, "            %016" PRIx64 "  %016" PRIx64 "  %9" PRIu64 " %9zu  r%s%s\n", s->paddr,
			   s->vaddr, s->memory_size, s->file_size, s->writable ? "w" : "-", s->executable ? "x" : "-");
	}
}

/* The bits of the header's flags that mean something [Multiboot specification 0.6.96, 3.1.2]. */
static void show_multiboot(struct ui *ui, uint32_t flags)
{
	static const struct {
		unsigned bit;
		const char *meaning;
	} bits[] = { { 0, "modules on page boundaries" },
		     { 1, "memory information" },
		     { 2, "video mode" },
		     { 16, "load addresses in the header" } };
	const char *separator = ": ";
	out_printf(ui->out, "  flags     %08" PRIx32, flags);
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (flags >> bits[i].bit & 1) {
			out_printf(ui->out, "%s%s", separator, bits[i].meaning);
			separator = ", ";
		}
	out_text(ui->out, "\n");
}

static void show_image(struct ui *ui, const char *path, const uint8_t *bytes, size_t size, const struct image *image)
{
	bool multiboot = image->kind == IMAGE_MULTIBOOT1;
	out_printf(ui->out, "%s: %s, %zu bytes\n", path,
		   multiboot ? "Multiboot 1 kernel, entered in 32-bit protected mode"
			     : "ELF64 kernel, entered directly in 64-bit mode",
		   size);
	out_printf(ui->out, "  entry     %016" PRIx64 "%s\n", image->entry, multiboot ? " (physical)" : " (linear)");
	if (multiboot)
		show_multiboot(ui, image->multiboot_flags);
	show_segments(ui, image);
	out_printf(ui->out, "  symbols   %zu\n", count_symbols(bytes, size));
}

static bool show_module(struct ui *ui, const char *path, struct rs_error *why)
{
	uint8_t *bytes;
	size_t size;
	if (!host_read_file(ui->host, path, FILE_LIMIT, &bytes, &size, why))
		return false;
	out_printf(ui->out, "%s: module, %zu bytes\n  symbols   %zu\n", path, size, count_symbols(bytes, size));
	host_release(ui->host, bytes);
	return true;
}

static bool show_kernel(struct ui *ui, const char *path, struct rs_error *why)
{
	struct image image;
	uint8_t *bytes;
	size_t size;
	uint64_t ram = ui->options.memory ? ui->options.memory : RS_MEMORY_DEFAULT;
	if (!host_read_file(ui->host, path, FILE_LIMIT, &bytes, &size, why))
		return false;
	struct rs_error refusal;
	bool good = image_parse(bytes, size, ram, &image, &refusal);
	if (!good)
		error_set(why, refusal.code, "%.100s: %.290s", path, refusal.text);
	else
		show_image(ui, path, bytes, size, &image);
	host_release(ui->host, bytes);
	return good;
}

int cmd_info(struct ui *ui)
{
	const struct options *o = &ui->options;
	struct rs_error why;
	bool good = show_kernel(ui, o->operand[0], &why);
	for (size_t i = 0; good && i < o->user_count; i++)
		good = show_module(ui, o->user[i], &why);
	return good ? 0 : ui_fail(ui, ui_error_exit(&why), "%s", why.text);
}
