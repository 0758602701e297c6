/* theme.c - three themes. Hues are blue and orange, which every eye tells apart; lightness differs as well. Text has a
 * contrast of at least 4.5:1 against its paper (WCAG 2.1, 1.4.3), in "contrast" at least 7:1; tests/unit compute it. */
#include "view/theme.h"

#include <string.h>

/* Ink and paper as red, green, blue in hex. */
#define LOOK(ink, paper, bold, underlined)                                                                             \
	{                                                                                                              \
		RGB(ink), RGB(paper), bold, underlined                                                                 \
	}
#define RGB(hex)                                                                                                       \
	{                                                                                                              \
		(hex) >> 16 & 0xff, (hex) >> 8 & 0xff, (hex)&0xff                                                      \
	}

static const struct theme themes[] = {
	{ "dark", { [STYLE_TEXT] = LOOK(0xd8dee9, 0x14181f, false, false),
		    [STYLE_DIM] = LOOK(0x8e99a8, 0x14181f, false, false),
		    [STYLE_TITLE] = LOOK(0xffffff, 0x14181f, true, false),
		    [STYLE_FRAME] = LOOK(0x7b8798, 0x14181f, false, false),
		    [STYLE_CHANGED] = LOOK(0xffb454, 0x14181f, true, false),
		    [STYLE_BEFORE] = LOOK(0xa9b2bf, 0x14181f, false, false),
		    [STYLE_CURRENT] = LOOK(0xffffff, 0x1f4a7a, true, false),
		    [STYLE_BREAK] = LOOK(0xffa040, 0x14181f, true, false),
		    [STYLE_LABEL] = LOOK(0x7cc4ff, 0x14181f, false, false),
		    [STYLE_SET] = LOOK(0x14181f, 0x9ecbf5, false, false),
		    [STYLE_CLEAR] = LOOK(0x8e99a8, 0x14181f, false, false),
		    [STYLE_GOOD] = LOOK(0x7cc4ff, 0x14181f, false, false),
		    [STYLE_BAD] = LOOK(0x14181f, 0xff9f43, true, false),
		    [STYLE_WARNING] = LOOK(0xffb454, 0x14181f, true, true),
		    [STYLE_RING0] = LOOK(0xff9f43, 0x14181f, true, false),
		    [STYLE_RING1] = LOOK(0xe8c48f, 0x14181f, true, false),
		    [STYLE_RING2] = LOOK(0xc3d4e6, 0x14181f, true, false),
		    [STYLE_RING3] = LOOK(0x6ab4f5, 0x14181f, true, false),
		    [STYLE_SELECTED] = LOOK(0xffe08a, 0x14181f, true, false),
		    [STYLE_KEY] = LOOK(0x14181f, 0xc3ccd8, true, false),
		    [STYLE_INPUT] = LOOK(0xffffff, 0x14181f, false, false),
		    [STYLE_MARKED] = LOOK(0x14181f, 0xffe08a, false, false) } },
	{ "light", { [STYLE_TEXT] = LOOK(0x1c2430, 0xfbfaf7, false, false),
		     [STYLE_DIM] = LOOK(0x5d6673, 0xfbfaf7, false, false),
		     [STYLE_TITLE] = LOOK(0x000000, 0xfbfaf7, true, false),
		     [STYLE_FRAME] = LOOK(0x68717e, 0xfbfaf7, false, false),
		     [STYLE_CHANGED] = LOOK(0x9a4400, 0xfbfaf7, true, false),
		     [STYLE_BEFORE] = LOOK(0x4c5563, 0xfbfaf7, false, false),
		     [STYLE_CURRENT] = LOOK(0x000000, 0xbcdcfb, true, false),
		     [STYLE_BREAK] = LOOK(0x9a4400, 0xfbfaf7, true, false),
		     [STYLE_LABEL] = LOOK(0x0b559b, 0xfbfaf7, false, false),
		     [STYLE_SET] = LOOK(0xffffff, 0x1a4f86, false, false),
		     [STYLE_CLEAR] = LOOK(0x5d6673, 0xfbfaf7, false, false),
		     [STYLE_GOOD] = LOOK(0x0b559b, 0xfbfaf7, false, false),
		     [STYLE_BAD] = LOOK(0xffffff, 0xa34700, true, false),
		     [STYLE_WARNING] = LOOK(0x9a4400, 0xfbfaf7, true, true),
		     [STYLE_RING0] = LOOK(0xa84a00, 0xfbfaf7, true, false),
		     [STYLE_RING1] = LOOK(0x7a5a2e, 0xfbfaf7, true, false),
		     [STYLE_RING2] = LOOK(0x44617f, 0xfbfaf7, true, false),
		     [STYLE_RING3] = LOOK(0x0b559b, 0xfbfaf7, true, false),
		     [STYLE_SELECTED] = LOOK(0x6b3a00, 0xfbfaf7, true, false),
		     [STYLE_KEY] = LOOK(0xffffff, 0x3a4656, true, false),
		     [STYLE_INPUT] = LOOK(0x000000, 0xfbfaf7, false, false),
		     [STYLE_MARKED] = LOOK(0xffffff, 0x6b3a00, false, false) } },
	{ "contrast", { [STYLE_TEXT] = LOOK(0xffffff, 0x000000, false, false),
			[STYLE_DIM] = LOOK(0xc8c8c8, 0x000000, false, false),
			[STYLE_TITLE] = LOOK(0xffffff, 0x000000, true, true),
			[STYLE_FRAME] = LOOK(0xffffff, 0x000000, false, false),
			[STYLE_CHANGED] = LOOK(0xffd000, 0x000000, true, false),
			[STYLE_BEFORE] = LOOK(0xd8d8d8, 0x000000, false, false),
			[STYLE_CURRENT] = LOOK(0x000000, 0xffffff, true, false),
			[STYLE_BREAK] = LOOK(0xffd000, 0x000000, true, false),
			[STYLE_LABEL] = LOOK(0x8fd0ff, 0x000000, false, false),
			[STYLE_SET] = LOOK(0x000000, 0xffffff, false, false),
			[STYLE_CLEAR] = LOOK(0xc8c8c8, 0x000000, false, false),
			[STYLE_GOOD] = LOOK(0x8fd0ff, 0x000000, false, false),
			[STYLE_BAD] = LOOK(0x000000, 0xffd000, true, true),
			[STYLE_WARNING] = LOOK(0xffd000, 0x000000, true, true),
			[STYLE_RING0] = LOOK(0xffd000, 0x000000, true, false),
			[STYLE_RING1] = LOOK(0xf0e0b0, 0x000000, true, false),
			[STYLE_RING2] = LOOK(0xd0e4f4, 0x000000, true, false),
			[STYLE_RING3] = LOOK(0x8fd0ff, 0x000000, true, false),
			[STYLE_SELECTED] = LOOK(0xffff60, 0x000000, true, false),
			[STYLE_KEY] = LOOK(0x000000, 0xffffff, true, false),
			[STYLE_INPUT] = LOOK(0xffffff, 0x000000, true, false),
			[STYLE_MARKED] = LOOK(0x000000, 0xffff60, false, false) } },
};

const struct theme *theme_info(unsigned index)
{
	return index < sizeof(themes) / sizeof(themes[0]) ? &themes[index] : NULL;
}

const struct theme *theme_find(const char *name)
{
	for (unsigned i = 0; theme_info(i); i++)
		if (!strcmp(themes[i].name, name))
			return &themes[i];
	return NULL;
}
