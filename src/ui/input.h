/* input.h - standard input on its way to COM1. */
#ifndef RS_UI_INPUT_H
#define RS_UI_INPUT_H

#include "ui/ui.h"

/* Reads once and appends what came; `ended` says that nothing will come any more. False with the reason. */
bool input_read(struct input *in, const struct rs_host *host, struct rs_error *why);
/* Appends bytes that somebody has typed; false: no memory. */
bool input_append(struct input *in, const struct rs_host *host, const void *bytes, size_t size);
/* To the end. */
bool input_read_all(struct input *in, const struct rs_host *host, struct rs_error *why);

/* For rs_config.more_input, with a struct session as its argument: what the guest has written is shown, then standard
 * input is read. A failure ends the input and stays in input_failure. */
const uint8_t *input_more(void *arg, size_t *size);

#endif
