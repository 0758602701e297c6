/* theme.h - how styles look: colours that a colour-blind eye tells apart, in three themes. */
#ifndef RS_VIEW_THEME_H
#define RS_VIEW_THEME_H

#include "view/canvas.h"

struct colour {
	uint8_t red, green, blue;
};

struct look {
	struct colour ink, paper;
	bool bold, underlined;
};

struct theme {
	const char *name; /* "dark", "light", "contrast" */
	struct look look[STYLES];
};

/* NULL past the last. */
const struct theme *theme_info(unsigned index);
/* NULL: no such theme. */
const struct theme *theme_find(const char *name);

#endif
