/* main.c - the program: libc is its host. Everything else can be tested without a process of its own. */
#include "view/tui.h"

int main(int argc, char **argv)
{
	return ui_main_with(rs_host_libc(), argc, argv, tui_run);
}
