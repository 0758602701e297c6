/* ui_world.h - a world for the program to live in: files, standard streams and memory are made here, so that each call
 * of the host can be made to fail; and a kernel of 65 bytes to run in it. */
#ifndef TESTS_UNIT_UI_WORLD_H
#define TESTS_UNIT_UI_WORLD_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/host.h"
#include "image_maker.h"
#include "ui/ui.h"

/* ---- a host without a machine behind it ---- */

enum { FILES = 12, HANDLES = 8, FIRST_FD = 10, NAME = 64, ROOM = 1 << 16 };

struct file {
	char name[NAME];
	char bytes[ROOM];
	size_t size;
};

struct world {
	struct rs_host host;
	struct file file[FILES];
	struct {
		struct file *file;
		size_t at;
	} handle[HANDLES];
	struct file input, output, error; /* what the standard streams hold */
	size_t input_at;
	unsigned calls, fail_at;
	const char *failed; /* the call that was made to fail */
	int live, handles;
};

static inline bool fails(struct world *w, const char *call)
{
	if (++w->calls != w->fail_at)
		return false;
	w->failed = call;
	return true;
}

static inline void *world_alloc(void *arg, size_t bytes)
{
	struct world *w = arg;
	if (fails(w, "alloc"))
		return NULL;
	w->live++;
	return rs_host_libc()->alloc(NULL, bytes);
}

static inline void world_release(void *arg, void *memory)
{
	struct world *w = arg;
	w->live--;
	rs_host_libc()->release(NULL, memory);
}

static inline struct file *find(struct world *w, const char *name)
{
	for (size_t i = 0; i < FILES; i++)
		if (!strcmp(w->file[i].name, name))
			return &w->file[i];
	return NULL;
}

static inline struct file *add(struct world *w, const char *name, const void *bytes, size_t size)
{
	struct file *f = find(w, name);
	if (!f)
		f = find(w, "");
	if (!f)
		abort(); /* more files than the world holds */
	assert_true(size <= ROOM);
	snprintf(f->name, NAME, "%s", name);
	memcpy(f->bytes, bytes, size);
	f->size = size;
	return f;
}

static inline int world_open(void *arg, const char *path, enum rs_open how)
{
	struct world *w = arg;
	if (fails(w, how == RS_OPEN_READ ? "open" : "create"))
		return -EIO;
	struct file *f = how == RS_OPEN_READ ? find(w, path) : add(w, path, "", 0);
	if (!f)
		return -ENOENT;
	for (int i = 0; i < HANDLES; i++)
		if (!w->handle[i].file) {
			w->handle[i].file = f;
			w->handle[i].at = 0;
			w->handles++;
			return FIRST_FD + i;
		}
	return -EMFILE;
}

static inline long world_read(void *arg, int fd, void *to, size_t bytes)
{
	struct world *w = arg;
	if (fails(w, "read"))
		return -EIO;
	struct file *f = fd ? w->handle[fd - FIRST_FD].file : &w->input;
	size_t *at = fd ? &w->handle[fd - FIRST_FD].at : &w->input_at;
	size_t part = f->size - *at < bytes ? f->size - *at : bytes;
	memcpy(to, f->bytes + *at, part);
	*at += part;
	return (long)part;
}

static inline long world_write(void *arg, int fd, const void *from, size_t bytes)
{
	struct world *w = arg;
	if (fails(w, "write"))
		return -ENOSPC;
	struct file *f = fd == 1 ? &w->output : fd == 2 ? &w->error : w->handle[fd - FIRST_FD].file;
	assert_true(f->size + bytes < ROOM);
	memcpy(f->bytes + f->size, from, bytes);
	f->size += bytes;
	f->bytes[f->size] = 0;
	return (long)bytes;
}

static inline int world_close(void *arg, int fd)
{
	struct world *w = arg;
	w->handle[fd - FIRST_FD].file = NULL;
	w->handles--;
	return fails(w, "close") ? -EIO : 0;
}

static inline int world_rename(void *arg, const char *from, const char *to)
{
	struct world *w = arg;
	struct file *f = find(w, from), *replaced = find(w, to);
	if (fails(w, "rename"))
		return -EIO;
	if (!f)
		abort(); /* more files than the world holds */
	if (replaced)
		replaced->name[0] = 0;
	snprintf(f->name, NAME, "%s", to);
	return 0;
}

static inline int world_unlink(void *arg, const char *path)
{
	struct world *w = arg;
	struct file *f = find(w, path);
	if (f)
		f->name[0] = 0;
	return fails(w, "unlink") ? -EIO : 0;
}

/* ---- a kernel ---- */

/* start: print "h\n"; call inner; exit with `code`.  inner: nop; ret.  ring: SYSRET to inner at CPL 3, which faults on
 * the kernel's page with no IDT: a triple fault. */
static const uint8_t program[] = {
	0xb0, 'h',  0xe6, 0xe9,                         /*  0 start: mov al,'h'; out e9,al */
	0xb0, 0x0a, 0xe6, 0xe9,                         /*  4        mov al,10; out e9,al */
	0x48, 0x8d, 0x25, 0xf1, 0x03, 0x00, 0x00,       /*  8        lea rsp,[start+400h] */
	0xe8, 0x04, 0x00, 0x00, 0x00,                   /*  f        call inner */
	0xb0, 0x00, 0xe6, 0xf4,                         /* 14 after: mov al,code; out f4,al */
	0x90, 0xc3,                                     /* 18 inner: nop; ret */
	0xb9, 0x80, 0x00, 0x00, 0xc0, 0x0f, 0x32, 0x0c, /* 1a ring:  mov ecx,IA32_EFER; rdmsr; or al,SCE */
	0x01, 0x0f, 0x30, 0xb9, 0x81, 0x00, 0x00, 0xc0, /*           wrmsr; mov ecx,IA32_STAR */
	0xba, 0x08, 0x00, 0x13, 0x00, 0x0f, 0x30,       /*           mov edx,130008h; wrmsr */
	0x48, 0x8d, 0x0d, 0xe0, 0xff, 0xff, 0xff,       /*           lea rcx,[inner] */
	0x41, 0xbb, 0x02, 0x00, 0x00, 0x00,             /*           mov r11d,2 */
	0x48, 0x0f, 0x07,                               /* 3e        sysretq */
};

enum { TEXT_AT = 0x100, CODE_AT = TEXT_AT + 0x15, STAR_AT = 0x2d /* bits 55:48 of what `ring` writes */ };

static inline void make_kernel(struct maker *m)
{
	static const char names[] = "\0start\0inner\0ring";
	*m = (struct maker){ .size = 0 };
	put_ident(m, 2, 62);
	put(m, 24, HIGH + 0x100000, 8);
	put(m, 32, 64, 8);
	put(m, 40, 0x240, 8);
	put(m, 52, 64, 2);
	put(m, 54, 56, 2);
	put(m, 56, 1, 2);
	put(m, 58, 64, 2);
	put(m, 60, 3, 2);
	put_program64(m, 0, TEXT_AT, HIGH + 0x100000, 0x100000, sizeof(program), 0x1000, 7);
	memcpy(m->bytes + TEXT_AT, program, sizeof(program));
	memcpy(m->bytes + 0x1b0, names, sizeof(names));
	put_symbol64(m, 0x1c8, 0, 0, 0, 0);
	put_symbol64(m, 0x1e0, 1, 0x12, 1, HIGH + 0x100000);
	put_symbol64(m, 0x1f8, 7, 0x12, 1, HIGH + 0x100018);
	put_symbol64(m, 0x210, 13, 0x12, 1, HIGH + 0x10001a);
	put_section64(m, 0x240, 0, 0, 0, 0, 0);
	put_section64(m, 0x280, 2, 0x1c8, 0x60, 2, 24);
	put_section64(m, 0x2c0, 3, 0x1b0, sizeof(names), 0, 0);
}

static inline struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));
	struct maker kernel;
	assert_non_null(w);
	w->host = (struct rs_host){ w,           world_alloc, world_release, world_open,  world_read,
				    world_write, world_close, world_rename,  world_unlink };
	make_kernel(&kernel);
	add(w, "k.elf", kernel.bytes, kernel.size);
	add(w, "bad.elf", "nothing", 7);
	add(w, "self.txt", "r rip; $$>< self.txt\n", 21);
	return w;
}

static inline void type(struct world *w, const char *text)
{
	w->input.size = strlen(text);
	memcpy(w->input.bytes, text, w->input.size);
}

/* ---- the program ---- */

enum { WORDS = 16 };

/* Runs the program, called by that name, with the words of a line; '_' in a word stands for a blank. */
static inline int run_as(struct world *w, const char *name, const char *line)
{
	char copy[1000], *word[WORDS + 1];
	int count = 0;
	snprintf(copy, sizeof(copy), "%s %s", name, line);
	for (char *at = strtok(copy, " "); at && count < WORDS; at = strtok(NULL, " ")) {
		for (char *c = at; *c; c++)
			*c = *c == '_' ? ' ' : *c;
		word[count++] = at;
	}
	int code = ui_main(&w->host, count, word);
	assert_int_equal(w->live, 0);
	assert_int_equal(w->handles, 0);
	return code;
}

static inline int run(struct world *w, const char *line)
{
	return run_as(w, "ringstep", line);
}

/* One run in a fresh world: its exit code, and texts that its output and its messages must have in them. */
static inline void expect_typed(const char *line, const char *typed, int code, const char *output, const char *error)
{
	struct world *w = world_new();
	type(w, typed);
	assert_int_equal(run(w, line), code);
	if (!strstr(w->output.bytes, output) || !strstr(w->error.bytes, error))
		fail_msg("%s: printed\n%s\nand\n%s", line, w->output.bytes, w->error.bytes);
	free(w);
}

static inline void expect(const char *line, int code, const char *output, const char *error)
{
	expect_typed(line, "", code, output, error);
}

#endif
