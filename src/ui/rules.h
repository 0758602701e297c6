/* rules.h - rules of the ledger in words, for whoever shows them. */
#ifndef RS_UI_RULES_H
#define RS_UI_RULES_H

#include "ui/ui.h"

/* Text in lines of at most 100 characters, each behind `indent` blanks; the first line has begun already. */
void out_wrap(struct out *o, const char *text, int indent);

/* "SC-01" of a number; "" where there is no rule. */
const char *rule_name(uint16_t rule);

/* What raised a fault, in words: of a rule its text, of "insn:DIV" the manual's page. NULL: neither. */
const char *cause_text(const char *cause, char *text, size_t size);

#endif
