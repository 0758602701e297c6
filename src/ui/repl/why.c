/* why.c - see why.h. */
#include "ui/repl/why.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/disasm.h"
#include "ui/repl/descriptor.h"
#include "ui/repl/repl.h"
#include "ui/status.h"
#include "ui/words.h"

enum { TEXT = 400, NAME = 24 };

#define CODE_EXT 1u
#define CODE_IDT 2u
#define CODE_TI 4u

static bool is_long(const struct scene *s)
{
	return s->state.efer >> 10 & 1;
}

static bool is_protected(const struct scene *s)
{
	return s->state.cr0 & 1;
}

static unsigned mode_of(const struct scene *s)
{
	unsigned attributes = s->state.seg[SEG_CS].attr;
	return is_long(s) && attributes & SEG_L ? 64 : attributes & SEG_DB ? 32 : 16;
}

/* ---- kept when it happens ---- */

/* #TS, #NP, #SS and #GP name a descriptor in their error code, or none with 0. */
static bool code_names_descriptor(const struct rs_record *r)
{
	return r->has_error_code && r->vector >= 10 && r->vector <= 13 && r->error_code >> 3;
}

static uint64_t descriptor_address(const struct scene *s, uint32_t code)
{
	uint64_t index = code >> 3 & 0x1fff;
	if (code & CODE_IDT)
		return s->state.idtr.base + index * (is_long(s) ? 16 : 8);
	return (code & CODE_TI ? s->state.seg[SEG_LDTR].base : s->state.gdtr.base) + index * 8;
}

static uint64_t linear(const struct scene *s, unsigned seg, uint64_t offset)
{
	return mode_of(s) == 64 ? offset : (uint32_t)(s->state.seg[seg].base + offset);
}

void scene_keep(struct scene *s, struct rs_machine *m, const struct rs_record *r)
{
	s->code_size = rs_read_linear(m, linear(s, SEG_CS, r->rip), s->code, SCENE_CODE);
	s->stack_size = rs_read_linear(m, linear(s, SEG_SS, s->state.gpr[RSP]), s->stack, SCENE_STACK);
	s->cr2 = rs_state(m)->cr2;
	s->descriptor_size = 0;
	if (code_names_descriptor(r) && is_protected(s))
		s->descriptor_size =
		    rs_read_linear(m, descriptor_address(s, r->error_code), s->descriptor, SCENE_DESCRIPTOR);
}

/* ---- operands ---- */

static uint64_t bytes_to_number(const uint8_t *bytes, unsigned count)
{
	uint64_t value = 0;
	for (unsigned i = count; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

/* The mnemonic's last letter tells the size: IRETQ, IRETD, IRET. */
static unsigned pop_size(const struct scene *s)
{
	char text[TEXT];
	ui_disassemble(s->code, s->code_size, s->state.rip, mode_of(s), text, sizeof(text));
	size_t length = strcspn(text, " ");
	char last = length ? text[length - 1] : ' ';
	return last == 'q' ? 8 : last == 'd' ? 4 : 2;
}

static void put_popped(const struct scene *s, unsigned word, char *text)
{
	unsigned size = pop_size(s), at = word * size;
	if (at + size > s->stack_size)
		snprintf(text, NAME, "?");
	else
		snprintf(text, NAME, "%" PRIx64, bytes_to_number(s->stack + at, size));
}

static const struct state_field *find_field(const char *name, size_t length)
{
	for (size_t i = 0; i < state_field_count; i++)
		if (word_same(name, length, state_fields[i].name))
			return &state_fields[i];
	return NULL;
}

/* "cs", "cs.dpl", "idtr.limit", "rcx". */
static bool put_field(const struct scene *s, const char *name, size_t length, char *text)
{
	const char *dot = memchr(name, '.', length);
	const struct state_field *f = find_field(name, dot ? (size_t)(dot - name) : length);
	const void *at = f ? (const char *)&s->state + f->offset : NULL;
	if (!f)
		return false;
	if (f->kind == STATE_NUMBER) {
		snprintf(text, NAME, "%0*" PRIx64, f->bits > 8 ? (int)(f->bits + 3) / 4 : 1,
			 state_number(&s->state, f));
	} else if (f->kind == STATE_WIDE) {
		snprintf(text, NAME, "%" PRIx64 "%016" PRIx64, state_number_high(&s->state, f),
			 state_number(&s->state, f));
	} else if (f->kind == STATE_TABLE) {
		snprintf(text, NAME, "%" PRIx64, ((const struct table_register *)at)->limit);
	} else {
		const struct seg *seg = at;
		if (dot && dot[1] == 'd')
			snprintf(text, NAME, "%u", seg_dpl(seg));
		else if (dot)
			snprintf(text, NAME, "%" PRIx32, seg->limit);
		else
			snprintf(text, NAME, "%04x", seg->sel);
	}
	return true;
}

static void put_operand(const struct scene *s, const char *name, size_t length, char *text)
{
	const struct cpu_state *st = &s->state;
	if (word_same(name, length, "width"))
		snprintf(text, NAME, "%u", st->cr4 >> 12 & 1 ? 57 : 48);
	else if (word_same(name, length, "iopl"))
		snprintf(text, NAME, "%u", (unsigned)(st->rflags >> 12 & 3));
	else if (word_same(name, length, "ecx"))
		snprintf(text, NAME, "%08" PRIx32, (uint32_t)st->gpr[RCX]);
	else if (word_same(name, length, "edx:eax"))
		snprintf(text, NAME, "%08" PRIx32 ":%08" PRIx32, (uint32_t)st->gpr[RDX], (uint32_t)st->gpr[RAX]);
	else if (length == 4 && !memcmp(name, "pop", 3))
		put_popped(s, (unsigned)(name[3] - '0'), text);
	else if (!put_field(s, name, length, text))
		snprintf(text, NAME, "?");
}

/* The row's text with its operands filled in. */
static void fill(const struct scene *s, const char *row, char *text, size_t size)
{
	size_t used = 0;
	while (*row && used + NAME < size) {
		if (*row != '{') {
			text[used++] = *row++;
			continue;
		}
		size_t length = strcspn(++row, "}");
		put_operand(s, row, length, text + used);
		used += strlen(text + used);
		row += length + 1;
	}
	text[used] = 0;
}

/* The row of a rule, or of its area: "SR-05" or "SR". */
static const char *find_row(const char *cause)
{
	static const struct {
		const char *rule, *text;
	} rows[] = {
#define WHY(rule, text) { rule, text },
#include "ui/repl/why.def"
#undef WHY
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t length = strlen(rows[i].rule);
		if (!strcmp(rows[i].rule, cause) ||
		    (!strncmp(rows[i].rule, cause, length) && strchr("-:", cause[length])))
			return rows[i].text;
	}
	return NULL;
}

/* The 64-bit register behind a word of the disassembly: "eax" is part of RAX. */
static const struct state_field *find_register(const char *word, size_t length)
{
	char name[NAME];
	if (length < 2 || length >= sizeof(name))
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)length, word);
	if (name[0] == 'e' && length == 3)
		name[0] = 'r';
	const struct state_field *f = find_field(name, strlen(name));
	return f && f->offset < offsetof(struct cpu_state, gpr[GPR_ZERO]) ? f : NULL;
}

/* The registers that the instruction names, each once: what it works with. */
static void show_registers(struct prompt *p, const struct scene *s, const char *instruction)
{
	const struct state_field *shown[8];
	size_t count = 0;
	for (const char *word = instruction + strcspn(instruction, " "); *word;) {
		size_t length = 0;
		while (word_is_name(word[length]))
			length++;
		const struct state_field *f = find_register(word, length);
		for (size_t i = 0; f && i < count; i++)
			if (shown[i] == f)
				f = NULL;
		if (f && count < sizeof(shown) / sizeof(shown[0])) {
			out_printf(p->ui->out, "%s%s=%016" PRIx64, count ? " " : "   ", f->name,
				   state_number(&s->state, f));
			shown[count++] = f;
		}
		word += length ? length : 1;
	}
	out_text(p->ui->out, count ? "\n" : "");
}

static void show_operands(struct prompt *p, const struct scene *s, const char *cause)
{
	char instruction[TEXT], operands[TEXT] = "";
	const char *row = cause ? find_row(cause) : NULL;
	ui_disassemble(s->code, s->code_size, s->state.rip, mode_of(s), instruction, sizeof(instruction));
	if (row)
		fill(s, row, operands, sizeof(operands));
	out_printf(p->ui->out, "   %s%s%s\n", instruction[0] ? instruction : "(no instruction)", row ? ": " : "",
		   operands);
	show_registers(p, s, instruction);
}

/* ---- the check that failed ---- */

/* "SYSRET" of "sysretq" too: whether the transition is one of the instruction's. */
static bool is_of_instruction(int transition, const char *mnemonic)
{
	const struct rs_name *n;
	const char *when;
	int part;
	for (size_t i = 0; (n = rs_name_info(i)); i++) {
		if (!word_begins(mnemonic, strlen(n->name), n->name))
			continue;
		for (size_t k = 0; (part = rs_name_part(i, k, &when)) >= 0; k++)
			if (part == transition)
				return true;
	}
	return false;
}

static bool is_failed_check(const struct rs_step_row *row, const char *cause, const char *vector)
{
	return row->outcome && !strcmp(rs_rule_info(row->rule)->id, cause) && strstr(row->outcome, vector);
}

/* The same check stands in the transition of IA-32e mode and in that of legacy modes. */
static bool is_of_mode(const struct scene *s, const char *transition)
{
	if (is_long(s))
		return !strstr(transition, "_PROTECTED") && !strstr(transition, "_LEGACY");
	return strcmp(transition, "INTERRUPT") != 0 && strcmp(transition, "CALL_GATE") != 0;
}

/* Checks that go by the rule and end in this vector; those of the instruction's transitions if there are any. */
static unsigned show_checks(struct prompt *p, const struct happening *h, const char *mnemonic, bool own)
{
	char vector[NAME];
	unsigned shown = 0;
	status_vector(h->vector, vector, sizeof(vector));
	for (size_t t = 0; t < rs_transition_count(); t++) {
		struct rs_step_row row;
		if (!is_of_mode(&p->scene, rs_transition_name(t)) || (own && !is_of_instruction((int)t, mnemonic)))
			continue;
		for (size_t i = 0; rs_transition_row(t, i, ui_cpu(p->ui), &row); i++)
			if (is_failed_check(&row, h->cause, vector)) {
				out_printf(p->ui->out, "   %s: %s, else %s [%s]\n", rs_transition_name(t), row.text,
					   row.outcome, row.section);
				shown++;
			}
	}
	return shown;
}

static void show_failed_check(struct prompt *p, const struct scene *s, const struct happening *h)
{
	char mnemonic[TEXT];
	ui_disassemble(s->code, s->code_size, s->state.rip, mode_of(s), mnemonic, sizeof(mnemonic));
	mnemonic[strcspn(mnemonic, " ")] = 0;
	if (!show_checks(p, h, mnemonic, true))
		show_checks(p, h, mnemonic, false);
}

/* ---- the error code ---- */

static void show_page_fault(struct prompt *p, uint32_t code, uint64_t cr2)
{
	out_printf(p->ui->out, "   %s%s by %s at %" PRIx64 ": %s%s\n",
		   code & 16  ? "fetch"
		   : code & 2 ? "write"
			      : "read",
		   code & 32 ? " (protection key)" : "", code & 4 ? "user code" : "supervisor", cr2,
		   code & 1 ? "the page is present" : "no page is present", code & 8 ? ", a reserved bit is set" : "");
	out_printf(p->ui->out, "   error code %" PRIx32 ": P=%u W=%u U=%u RSVD=%u I=%u PK=%u\n", code, code & 1,
		   code >> 1 & 1, code >> 2 & 1, code >> 3 & 1, code >> 4 & 1, code >> 5 & 1);
}

static void show_gate(struct prompt *p, const struct scene *s)
{
	uint64_t low = bytes_to_number(s->descriptor, 8);
	bool wide = is_long(s);
	uint64_t offset = (low & 0xffff) | (low >> 32 & 0xffff0000);
	if (wide)
		offset |= bytes_to_number(s->descriptor + 8, 4) << 32;
	out_printf(p->ui->out, "   gate: %s, DPL %u, %spresent, to %04x:%" PRIx64,
		   descriptor_type_text((uint16_t)(low >> 40)), (unsigned)(low >> 45 & 3), low >> 47 & 1 ? "" : "not ",
		   (unsigned)(low >> 16 & 0xffff), offset);
	if (wide)
		out_printf(p->ui->out, ", IST %u", (unsigned)(low >> 32 & 7));
	out_printf(p->ui->out, "; CPL %u\n", s->state.cpl);
}

static void show_descriptor(struct prompt *p, const struct scene *s)
{
	struct rs_segment d = descriptor_decode(s->descriptor, is_long(s));
	unsigned a = d.attributes;
	out_printf(p->ui->out,
		   "   descriptor: %s, DPL %u, %spresent, base %" PRIx64 ", limit %" PRIx32 "%s%s; CPL %u\n",
		   descriptor_type_text(d.attributes), (a & SEG_DPL) >> SEG_DPL_SHIFT, a & SEG_P ? "" : "not ", d.base,
		   d.limit, a & SEG_L ? ", L" : "", a & SEG_DB ? ", D/B" : "", s->state.cpl);
}

/* What the code names, and what stands there. */
static void show_selector(struct prompt *p, const struct scene *s, uint32_t code)
{
	const char *table = code & CODE_IDT ? "IDT" : code & CODE_TI ? "LDT" : "GDT";
	out_printf(p->ui->out, "   error code %" PRIx32 ": ", code);
	if (!(code >> 3))
		out_printf(p->ui->out, "no selector%s\n", code & CODE_EXT ? ", EXT=1 (while delivering an event)" : "");
	else
		out_printf(p->ui->out, "%s %s %" PRIx32 ", EXT=%u\n", table, code & CODE_IDT ? "vector" : "selector",
			   code & CODE_IDT ? code >> 3 : code & 0xfffc, code & 1);
	if (code >> 3 && s->descriptor_size < 8)
		out_text(p->ui->out, "   its table is not mapped there\n");
	else if (code >> 3)
		(code & CODE_IDT ? show_gate : show_descriptor)(p, s);
}

void scene_show(struct prompt *p, const struct happening *h)
{
	const struct scene *s = &p->scene;
	show_operands(p, s, h->cause);
	if (h->cause)
		show_failed_check(p, s, h);
	if (h->vector == 14)
		show_page_fault(p, h->error_code, s->cr2);
	else if (h->has_error_code)
		show_selector(p, s, h->error_code);
}
