/* cmd_info.c - `info`: what is in a kernel image, read by the loader's own eyes. */
#include <inttypes.h>

#include "board/image.h"
#include "ui/state.h"

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
static void show_multiboot(struct ui *ui, const struct image *image)
{
	static const struct {
		unsigned bit;
		const char *meaning;
	} bits[] = { { 0, "modules on page boundaries" },
		     { 1, "memory information" },
		     { 2, "video mode" },
		     { 16, "load addresses in the header" } };
	const char *separator = ": ";
	out_printf(ui->out, "  header    at offset %zx\n  flags     %08" PRIx32, image->header, image->multiboot_flags);
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (image->multiboot_flags >> bits[i].bit & 1) {
			out_printf(ui->out, "%s%s", separator, bits[i].meaning);
			separator = ", ";
		}
	out_text(ui->out, "\n");
}

/* By type [Multiboot2 specification 2.0, 3.1.3 to 3.1.13]. */
static const char *tag_name(unsigned type)
{
	static const char *const names[] = { "end", "information request", "address", "entry address", "console flags",
					     "framebuffer", "module alignment", "EFI boot services", "EFI i386 entry",
					     "EFI amd64 entry", "relocatable" };
	return type < sizeof(names) / sizeof(names[0]) ? names[type] : "unknown";
}

static uint32_t word_at(const uint8_t *bytes, size_t at)
{
	return bytes[at] | (uint32_t)bytes[at + 1] << 8 | (uint32_t)bytes[at + 2] << 16 | (uint32_t)bytes[at + 3] << 24;
}

/* All fields of a tag are words of 32 bits; those of the relocatable tag are told again as what became of them. */
static void show_tag(struct ui *ui, const uint8_t *bytes, const struct image_tag *tag)
{
	out_printf(ui->out, "  tag       %u, %s%s", tag->type, tag_name(tag->type), tag->optional ? ", optional" : "");
	for (size_t at = 8; at + 4 <= tag->size; at += 4)
		out_printf(ui->out, "%s%" PRIx32, at == 8 ? ": " : " ", word_at(bytes, tag->at + at));
	out_text(ui->out, "\n");
}

static void show_multiboot2(struct ui *ui, const uint8_t *bytes, const struct image *image)
{
	struct image_tag tag = { .at = 0 };
	out_printf(ui->out, "  header    at offset %zx, %zu bytes\n", image->header, image->multiboot2.size);
	while (image_next_tag(bytes, image, &tag))
		show_tag(ui, bytes, &tag);
	if (image->multiboot2.relocatable)
		out_printf(ui->out, "  loaded    from %08" PRIx32 " on\n", image->multiboot2.load_base);
}

static void show_header(struct ui *ui, const uint8_t *bytes, const struct image *image)
{
	switch (image->format) {
	case RS_FORMAT_MULTIBOOT:
		show_multiboot(ui, image);
		break;
	case RS_FORMAT_MULTIBOOT2:
		show_multiboot2(ui, bytes, image);
		break;
	case RS_FORMAT_PVH:
		out_printf(ui->out, "  note      entry address at offset %zx (Xen, type 18)\n", image->header);
		break;
	default:
		break;
	}
}

static const char *format_text(enum rs_format format)
{
	switch (format) {
	case RS_FORMAT_ELF32:
		return "ELF32 kernel, entered directly";
	case RS_FORMAT_ELF64:
		return "ELF64 kernel, entered directly";
	case RS_FORMAT_MULTIBOOT:
		return "Multiboot 1 kernel, entered";
	case RS_FORMAT_MULTIBOOT2:
		return "Multiboot 2 kernel, entered";
	case RS_FORMAT_PVH:
		return "PVH kernel, entered";
	default:
		return "flat image, entered";
	}
}

static void show_entry(struct ui *ui, const struct image *image)
{
	const char *how = image->mode == 64 ? "linear" : "physical";
	out_printf(ui->out, "  entry     %016" PRIx64 " (%s", image->entry, how);
	if (image->mode == 16)
		out_printf(ui->out, "; CS:IP %04x:%04x", (unsigned)(image->entry >> 4), (unsigned)(image->entry & 15));
	out_text(ui->out, ")\n");
}

static void show_image(struct ui *ui, const char *path, const uint8_t *bytes, size_t size, const struct image *image)
{
	const char *mode = image->mode == 64   ? "64-bit mode"
			   : image->mode == 32 ? "32-bit protected mode"
					       : "real mode";
	out_printf(ui->out, "%s: %s in %s, %zu bytes\n", path, format_text(image->format), mode, size);
	show_entry(ui, image);
	show_header(ui, bytes, image);
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

static bool show_kernel(struct ui *ui, const struct rs_file *file, struct rs_error *why)
{
	struct image image;
	struct rs_error refusal;
	uint64_t ram = ui->options.memory ? ui->options.memory : RS_MEMORY_DEFAULT;
	if (!image_parse(&ui->options.start, file->bytes, file->size, ram, &image, &refusal))
		return error_set(why, refusal.code, "%.100s: %.290s", file->name, refusal.text);
	show_image(ui, file->name, file->bytes, file->size, &image);
	return true;
}

int cmd_info(struct ui *ui)
{
	const struct options *o = &ui->options;
	struct rs_error why;
	struct rs_file file;
	bool good = state_read(ui, o->operand[0], &file, &why) &&
		    (state_is(ui, &file) ? state_tell(ui, &file, &why) : show_kernel(ui, &file, &why));
	host_release(ui->host, file.bytes);
	for (size_t i = 0; good && i < o->user_count; i++)
		good = show_module(ui, o->user[i], &why);
	return good ? 0 : ui_fail(ui, ui_error_exit(&why), "%s", why.text);
}
