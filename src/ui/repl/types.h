/* types.h - values by their DWARF types, as dt shows them. */
#ifndef RS_UI_REPL_TYPES_H
#define RS_UI_REPL_TYPES_H

#include "ui/repl/stack.h"

/* "(int a = 0n1, char * b = 0x0)" of the function in which the walk stands; nothing without debug information. */
void types_show_parameters(struct prompt *p, const struct stack_walk *w);
/* One line for each parameter and variable. */
bool types_show_locals(struct prompt *p, const struct stack_walk *w);

/* A type in WinDbg's words: "Ptr64 _NODE", "[4] Uint2B". */
void type_text(struct debug_info *d, debug_handle type, char *text, size_t size);
/* A value of that type from its bytes in WinDbg's shape: "0x10", "0n-1", "65 'A'". */
void type_value_text(struct debug_info *d, debug_handle type, const uint8_t *bytes, size_t there, char *text,
		     size_t size);

#endif
