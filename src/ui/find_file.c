/* find_file.c - see find_file.h. */
#include "ui/find_file.h"

#include <stdio.h>
#include <string.h>

#include "trace/trace.h"

#ifndef RS_GUEST_DIR
#define RS_GUEST_DIR "/usr/local/share/ringstep/guests" /* the build says where the guests are installed */
#endif

enum { PATH = 2048 };
#define FILE_BYTES_MAX ((size_t)UINT32_MAX)

struct finding {
	const struct file_search *search;
	const struct rs_origin_file *f;
	struct rs_file *file;
	struct rs_error *why; /* the best reason so far for a refusal */
};

/* A place where it may lie. What is there decides by its hash alone. */
static bool try_file(const struct finding *n, const char *path)
{
	const struct rs_host *host = n->search->ui->host;
	struct rs_error why = { .code = RS_OK };
	char sha256[65] = "";

	if (!host_read_file(host, path, FILE_BYTES_MAX, &n->file->bytes, &n->file->size, &why)) {
		if (why.code != RS_ERROR_NOT_FOUND && n->why->code == RS_OK)
			*n->why = why;
		return false;
	}
	trace_sha256(n->file->bytes, n->file->size, sha256);
	if (n->file->size == n->f->size && !strcmp(sha256, n->f->sha256)) {
		n->file->name = n->f->name;
		return true;
	}
	host_release(host, n->file->bytes);
	*n->file = (struct rs_file){ 0 };
	return error_set(n->why, RS_ERROR_IMAGE,
			 "%.250s is not the file that %s was made from (its sha256 is another one)", path,
			 n->search->what);
}

/* FOLDER/NAME, with the name as it stands there or its last part only. */
static bool try_folder(const struct finding *n, const char *folder, size_t length, bool last_part)
{
	const char *slash = strrchr(n->f->name, '/');
	const char *name = last_part && slash ? slash + 1 : n->f->name;
	const char *between = length && folder[length - 1] != '/' ? "/" : "";
	char path[PATH];

	if (last_part ? !slash : n->f->name[0] == '/')
		return false; /* tried already, or not a name that a trace may carry */
	int size = snprintf(path, sizeof(path), "%.*s%s%s", (int)length, folder, between, name);
	return size < PATH && try_file(n, path);
}

static bool try_both(const struct finding *n, const char *folder, size_t length)
{
	return try_folder(n, folder, length, false) || try_folder(n, folder, length, true);
}

static bool search_file(const struct finding *n)
{
	const char *images = n->search->images, *beside = n->search->beside;
	const char *slash = strrchr(beside, '/');

	if (images && try_both(n, images, strlen(images)))
		return true;
	if (try_both(n, beside, slash ? (size_t)(slash + 1 - beside) : 0))
		return true;
	return try_both(n, "", 0) || try_both(n, RS_GUEST_DIR, strlen(RS_GUEST_DIR));
}

bool file_find(const struct file_search *s, const struct rs_origin_file *f, struct rs_file *file, struct rs_error *why)
{
	why->code = RS_OK;
	if (search_file(&(struct finding){ s, f, file, why }))
		return true;
	return why->code == RS_OK ? error_set(why, RS_ERROR_NOT_FOUND,
					      "%.250s: neither beside %s nor in %.100s; say where with --images FOLDER",
					      f->name, s->what, RS_GUEST_DIR)
				  : false;
}

bool file_is(const struct file_search *s, const struct rs_origin_file *f, const char *path, struct rs_file *file,
	     struct rs_error *why)
{
	why->code = RS_OK;
	if (try_file(&(struct finding){ s, f, file, why }, path))
		return true;
	return why->code == RS_OK ? error_set(why, RS_ERROR_NOT_FOUND, "%.250s: no such file", path) : false;
}
