/* guests.c - see guests.h. */
#include "ui/guests.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef RS_GUEST_DIR
#define RS_GUEST_DIR "/usr/local/share/ringstep/guests" /* the build says where the guests are installed */
#endif

enum { PATH = 1024 };

static bool is_there(struct ui *ui, const char *path)
{
	int fd = ui->host->open(ui->host->arg, path, RS_OPEN_READ);
	if (fd >= 0)
		ui->host->close(ui->host->arg, fd);
	return fd >= 0;
}

static bool has_guest(struct ui *ui, const char *folder, const char *name)
{
	char path[PATH + 64];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return is_there(ui, path);
}

/* In a build folder, or in an installation that was moved. */
static bool beside(struct ui *ui, const char *program, const char *name, char *folder, size_t size)
{
	static const char *const where[] = { "guests", "../share/ringstep/guests" };
	const char *slash = strrchr(program, '/');
	for (size_t i = 0; slash && i < sizeof(where) / sizeof(where[0]); i++) {
		int length = (int)(slash - program);
		if (snprintf(folder, size, "%.*s/%s", length, program, where[i]) < (int)size &&
		    has_guest(ui, folder, name))
			return true;
	}
	return false;
}

/* As it was called; as the file that runs, when the shell found it or a link led to it. */
const char *guests_find(struct ui *ui, const char *name, char *folder, size_t size)
{
	char self[PATH];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[length > 0 ? length : 0] = 0;
	if (beside(ui, ui->program, name, folder, size) || beside(ui, self, name, folder, size))
		return folder;
	snprintf(folder, size, "%s", RS_GUEST_DIR);
	return has_guest(ui, folder, name) ? folder : NULL;
}
