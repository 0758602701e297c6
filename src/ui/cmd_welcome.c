/* cmd_welcome.c - `ringstep` alone: three commands that work as they are printed. */
#include <stdio.h>
#include <string.h>

#include "ui/ui.h"

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

static bool has_guests(struct ui *ui, const char *folder)
{
	char path[PATH + 32];
	snprintf(path, sizeof(path), "%s/syscall64.elf", folder);
	return is_there(ui, path);
}

/* Beside the program in a build folder or an installation that was moved, or where the build installs them. */
static const char *find_guests(struct ui *ui, char *folder, size_t size)
{
	static const char *const beside[] = { "guests", "../share/ringstep/guests" };
	const char *slash = strrchr(ui->program, '/');
	for (size_t i = 0; slash && i < sizeof(beside) / sizeof(beside[0]); i++) {
		int length = (int)(slash - ui->program);
		if (snprintf(folder, size, "%.*s/%s", length, ui->program, beside[i]) < (int)size &&
		    has_guests(ui, folder))
			return folder;
	}
	snprintf(folder, size, "%s", RS_GUEST_DIR);
	return has_guests(ui, folder) ? folder : NULL;
}

static void show_commands(struct ui *ui, const char *folder)
{
	const char *program = ui->program;
	char guest[2 * PATH + 80];
	snprintf(guest, sizeof(guest), "%s/syscall64.elf --user %s/syscall64-user.elf", folder, folder);
	out_printf(ui->out, "Run a kernel whose user program makes system calls:\n  %s run %s\n\n", program, guest);
	out_printf(ui->out,
		   "Stop at its first SYSCALL and see what changes on the way into ring 0:\n"
		   "  %s step %s -c \"tring; tring; !why\"\n\n",
		   program, guest);
	out_printf(ui->out, "Read what SYSCALL does, step by step, on Intel and AMD:\n  %s explain SYSCALL\n\n",
		   program);
}

int cmd_welcome(struct ui *ui)
{
	char folder[PATH];
	const char *guests = find_guests(ui, folder, sizeof(folder));
	out_text(ui->out, "ringstep " RS_VERSION ": an exact x86-64 emulator for the moments when a processor changes "
			  "privilege.\n\n");
	if (!guests)
		out_printf(ui->out,
			   "The guests are not installed (looked in %s); build them, or give kernels of your own.\n\n",
			   folder);
	show_commands(ui, guests ? guests : "GUESTS");
	out_printf(ui->out, "`%s --help` lists the commands.\n", ui->program);
	return 0;
}
