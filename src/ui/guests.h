/* guests.h - where the guests that come with the program are. */
#ifndef RS_UI_GUESTS_H
#define RS_UI_GUESTS_H

#include "ui/ui.h"

/* The folder that has the guest `name`, put into `folder`. NULL if there is none; then `folder` is where the build
 * installs them. */
const char *guests_find(struct ui *ui, const char *name, char *folder, size_t size);

#endif
