/* complete.h - what a line at the prompt can go on with: commands, registers, symbols, files. */
#ifndef RS_UI_REPL_COMPLETE_H
#define RS_UI_REPL_COMPLETE_H

#include "ui/repl/repl.h"

typedef void complete_fn(void *arg, const char *word);

/* Offers every word that goes on from the last one of `text`; the result is where that word begins. */
size_t complete_line(struct prompt *p, const char *text, complete_fn *offer, void *arg);

/* The offers of one line, and the beginning that they share. */
struct completion {
	char common[200];
	size_t count;
};

/* A complete_fn; its argument is the struct. */
void complete_gather(void *arg, const char *word);

#endif
