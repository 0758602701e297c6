/* cmd_welcome.c - `ringstep` alone: three commands that work as they are printed. */
#include <stdio.h>

#include "ui/guests.h"

enum { PATH = 1024 };

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
	const char *guests = guests_find(ui, "syscall64.elf", folder, sizeof(folder));
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
