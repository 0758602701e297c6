/* main.c - the program: libc is its host. Everything else can be tested without a process of its own. */
#include "ui/ui.h"

int main(int argc, char **argv)
{
	return ui_main(rs_host_libc(), argc, argv);
}
